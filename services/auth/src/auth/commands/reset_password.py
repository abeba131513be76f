"""Set a new password, by the link of a letter."""

from __future__ import annotations

from typing import Protocol

from auth.crypto.one_time_links import token_hash
from auth.domain.owner import link_invalid
from auth.domain.password import CommonPasswords
from chassis.passwords import PasswordHashing
from contracts.auth import rpc
from contracts.context import RequestContext


class Passwords(Protocol):
    async def may_reset(self, token_hash: bytes, context: RequestContext) -> bool: ...

    async def reset(self, token_hash: bytes, password_hash: str, context: RequestContext) -> bool: ...


class ResetPassword:
    """Of any number of racers with links of one account, one succeeds, and every session has ended.

    A hash is made for a link that could be used alone: else whoever sends random tokens would keep the
    hashing busy, and everybody from signing in. That this takes longer tells nothing that its holder, who
    would have guessed 256 bits, is not told by the answer.
    """

    def __init__(self, accounts: Passwords, passwords: PasswordHashing, common: CommonPasswords) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._common = common

    async def __call__(self, request: rpc.ResetPassword, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`, `link_invalid`."""
        self._common.check(request.password)
        link = token_hash(request.token)
        if not await self._accounts.may_reset(link, context):
            raise link_invalid()
        password_hash = await self._passwords.hash(request.password, context)
        if not await self._accounts.reset(link, password_hash, context):
            raise link_invalid()
        return rpc.Accepted()
