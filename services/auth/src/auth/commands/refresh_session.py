"""Go on with a session."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import CollectorRegistry, Counter

from auth.crypto.one_time_links import token_hash
from auth.crypto.session_tokens import SessionTokens
from auth.domain.session import Refresh
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class RefreshTokens(Protocol):
    async def refresh(self, used: bytes, successor: bytes, context: RequestContext) -> Refresh: ...


class RefreshSession:
    """Of any number of racers with one token all get the same successor."""

    def __init__(
        self, refresh_tokens: RefreshTokens, tokens: SessionTokens, metrics: CollectorRegistry
    ) -> None:
        self._refresh_tokens = refresh_tokens
        self._tokens = tokens
        self._done = Counter(
            "auth_refreshes",
            "Refresh tokens by outcome: refreshed, repeated, refused, reused",
            ["outcome"],
            registry=metrics,
        )

    async def __call__(self, request: rpc.RefreshSession, context: RequestContext) -> rpc.Tokens:
        """Raises `session_invalid`."""
        access_tokens = await self._tokens.signing(context)
        successor = self._tokens.successor(request.refresh_token)
        refresh = await self._refresh_tokens.refresh(
            token_hash(request.refresh_token), token_hash(successor), context
        )
        self._done.labels(refresh.outcome).inc()
        session = refresh.session
        if session is None:
            raise ServiceError(ErrorCode.SESSION_INVALID, "This session has ended. Sign in again.")
        return rpc.Tokens(
            access_token=access_tokens.token(session.user_id, session.id), refresh_token=successor
        )
