"""Delete an account, by its owner."""

from __future__ import annotations

from typing import Protocol

from auth.commands.check_owner import CheckOwner
from contracts.auth import rpc
from contracts.context import RequestContext


class Owners(Protocol):
    async def delete(self, context: RequestContext) -> None: ...


class DeleteAccount:
    """When it returns, nothing is here about it but the letter that says so, until that is sent."""

    def __init__(self, owner: CheckOwner, accounts: Owners) -> None:
        self._owner = owner
        self._accounts = accounts

    async def __call__(self, request: rpc.DeleteAccount, context: RequestContext) -> rpc.Accepted:
        """Raises what `CheckOwner.by_password_if_any` raises."""
        await self._owner.by_password_if_any(request.password, context)
        await self._accounts.delete(context)
        return rpc.Accepted()
