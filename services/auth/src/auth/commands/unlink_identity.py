"""Let an account elsewhere sign in no more."""

from __future__ import annotations

from typing import Protocol

from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class Identities(Protocol):
    async def unlink(self, provider: rpc.OauthProvider, context: RequestContext) -> bool: ...


class UnlinkIdentity:
    """Nobody loses the only way into their account by it."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def __call__(self, request: rpc.UnlinkIdentity, context: RequestContext) -> rpc.Accepted:
        """Raises `unauthenticated`, `identity_needed`."""
        if not await self._identities.unlink(request.provider, context):
            raise ServiceError(
                ErrorCode.IDENTITY_NEEDED,
                "It is the only way into your account. Set a password first, by a reset.",
            )
        return rpc.Accepted()
