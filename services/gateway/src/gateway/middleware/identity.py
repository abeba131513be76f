"""Who is asking, from the `Authorization` header of API requests."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.identity import TokenVerifier
from gateway.middleware.context import ACTOR


def identity_middleware(verifier: TokenVerifier) -> Middleware:
    """A good token becomes the actor of the request; a bad one is refused, also where none is needed."""

    @web.middleware
    async def identity(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/v1/"):
            actor = await verifier.actor(request.headers.get("Authorization"))
            if actor is not None:
                request[ACTOR] = actor
        return await handler(request)

    return identity
