"""End the session of a refresh token."""

from __future__ import annotations

from typing import Protocol

from auth.crypto.one_time_links import token_hash
from contracts.auth import rpc
from contracts.context import RequestContext


class Sessions(Protocol):
    async def end_of_token(self, token_hash: bytes, context: RequestContext) -> None: ...


class SignOut:
    """Repeatable. When it returns, the end and its event are committed."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: rpc.SignOut, context: RequestContext) -> rpc.Accepted:
        await self._sessions.end_of_token(token_hash(request.refresh_token), context)
        return rpc.Accepted()
