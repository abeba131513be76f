"""Where the actor is signed in."""

from __future__ import annotations

from typing import Protocol

from auth.domain.session import ListedSession, LivingSession
from contracts.auth import rpc
from contracts.context import RequestContext


class Sessions(Protocol):
    async def list(self, context: RequestContext) -> tuple[LivingSession, list[ListedSession]]: ...


class ListSessions:
    """Newest first."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, _request: rpc.ListSessions, context: RequestContext) -> rpc.SessionsReply:
        """Raises `unauthenticated`."""
        return rpc.SessionsReply(sessions=shown_sessions(*await self._sessions.list(context)))


def shown_sessions(current: LivingSession, listed: list[ListedSession]) -> list[rpc.Session]:
    """Sessions as their user sees them, in one of them."""
    return [
        rpc.Session(
            id=session.id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            current=session.id == current.id,
        )
        for session in listed
    ]
