"""Everything that auth holds about the actor."""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

from auth.domain.holdings import Holdings
from auth.queries.current_user import shown_account
from auth.queries.list_identities import shown_identities
from auth.queries.list_sessions import shown_sessions
from contracts.auth import rpc
from contracts.context import RequestContext


class Accounts(Protocol):
    async def find(self, context: RequestContext) -> Holdings: ...


class ExportAccount:
    """But for hashes of secrets, and letters on their way."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def __call__(self, _request: rpc.ExportAccount, context: RequestContext) -> rpc.ExportReply:
        """Raises `unauthenticated`."""
        held = await self._accounts.find(context)
        return rpc.ExportReply(
            account=shown_account(held.account),
            sessions=shown_sessions(held.session, held.sessions),
            identities=shown_identities(held.identities),
            email_changes=[rpc.WaitingEmail(**asdict(change)) for change in held.email_changes],
        )
