"""Use the link that was sent to a new address."""

from __future__ import annotations

from typing import Protocol

from auth.crypto.one_time_links import token_hash
from auth.domain.owner import link_invalid
from contracts.auth import rpc
from contracts.context import RequestContext


class EmailChanges(Protocol):
    async def confirm(self, token_hash: bytes, context: RequestContext) -> bool: ...


class ConfirmEmailChange:
    """Of any number of racers with links of one account, one succeeds, and every session has ended."""

    def __init__(self, changes: EmailChanges) -> None:
        self._changes = changes

    async def __call__(self, request: rpc.ConfirmEmailChange, context: RequestContext) -> rpc.Accepted:
        """Raises `link_invalid`."""
        if not await self._changes.confirm(token_hash(request.token), context):
            raise link_invalid()
        return rpc.Accepted()
