"""End one of the actor's sessions."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class Sessions(Protocol):
    async def end(self, session_id: UUID, context: RequestContext) -> bool: ...


class RevokeSession:
    """Somebody else's is told like one that never was."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: rpc.RevokeSession, context: RequestContext) -> rpc.Accepted:
        """Raises `unauthenticated`, `session_not_found`."""
        if not await self._sessions.end(request.session_id, context):
            raise ServiceError(ErrorCode.SESSION_NOT_FOUND, "You have no such session.")
        return rpc.Accepted()
