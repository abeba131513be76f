"""The actor's account."""

from __future__ import annotations

from typing import Protocol

from auth.domain.account import Account
from contracts.auth import rpc
from contracts.context import RequestContext


class Accounts(Protocol):
    async def current(self, context: RequestContext) -> Account: ...


class GetCurrentUser:
    """As it is now, also when the access token is older."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def __call__(self, _request: rpc.CurrentUser, context: RequestContext) -> rpc.CurrentUserReply:
        """Raises `unauthenticated`."""
        return shown_account(await self._accounts.current(context))


def shown_account(account: Account) -> rpc.CurrentUserReply:
    """An account as its owner sees it."""
    return rpc.CurrentUserReply(
        user_id=account.user_id,
        email=account.email,
        created_at=account.created_at,
        last_login_at=account.last_login_at,
        has_password=account.has_password,
    )
