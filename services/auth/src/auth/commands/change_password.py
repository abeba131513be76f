"""Set another password, by the owner."""

from __future__ import annotations

from typing import Protocol

from auth.commands.check_owner import CheckOwner
from auth.domain.password import CommonPasswords
from chassis.passwords import PasswordHashing
from contracts.auth import rpc
from contracts.context import RequestContext


class Passwords(Protocol):
    async def change(self, password_hash: str, context: RequestContext) -> None: ...


class ChangePassword:
    """When it returns, every session has ended, this one included, and so has every link that was sent."""

    def __init__(
        self, owner: CheckOwner, accounts: Passwords, passwords: PasswordHashing, common: CommonPasswords
    ) -> None:
        self._owner = owner
        self._accounts = accounts
        self._passwords = passwords
        self._common = common

    async def __call__(self, request: rpc.ChangePassword, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`, and what `CheckOwner.by_password` raises."""
        self._common.check(request.new_password)
        await self._owner.by_password(request.current_password, context)
        password_hash = await self._passwords.hash(request.new_password, context)
        await self._accounts.change(password_hash, context)
        return rpc.Accepted()
