"""Who is asking, from the `Authorization` header of API requests."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError
from gateway.identity import TokenVerifier
from gateway.middleware.context import ACTOR

# Of the access token, in Unix seconds.
EXPIRES_AT = web.RequestKey("expires_at", int)


def identity_middleware(verifier: TokenVerifier) -> Middleware:
    """A good token becomes the actor of the request; a bad one is refused, also where none is needed."""

    @web.middleware
    async def identity(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/v1/"):
            access = await verifier.access(request.headers.get("Authorization"))
            if access is not None:
                request[ACTOR] = access.actor
                request[EXPIRES_AT] = access.expires_at
        return await handler(request)

    return identity


def require_user(request: web.Request) -> Actor:
    """Raises `unauthenticated` for a request without an access token."""
    actor: Actor | None = request.get(ACTOR)
    if actor is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in first.")
    return actor
