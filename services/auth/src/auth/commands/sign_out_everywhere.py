"""End every session of the actor."""

from __future__ import annotations

from typing import Protocol

from contracts.auth import rpc
from contracts.context import RequestContext


class Sessions(Protocol):
    async def end_all(self, context: RequestContext) -> None: ...


class SignOutEverywhere:
    """The asking one included. When it returns, their ends and the event are committed."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, _request: rpc.SignOutEverywhere, context: RequestContext) -> rpc.Accepted:
        """Raises `unauthenticated`."""
        await self._sessions.end_all(context)
        return rpc.Accepted()
