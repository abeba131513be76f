"""Where a user gets mail."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class Accounts(Protocol):
    async def verified_email(self, user_id: UUID, context: RequestContext) -> str | None: ...


class GetUserContact:
    """The verified address, and no other."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def __call__(self, request: rpc.GetUserContact, context: RequestContext) -> rpc.UserContact:
        """Raises `letter_obsolete`."""
        email = await self._accounts.verified_email(request.user_id, context)
        if email is None:
            raise ServiceError(ErrorCode.LETTER_OBSOLETE, "There is no verified address to write to.")
        return rpc.UserContact(email=email)
