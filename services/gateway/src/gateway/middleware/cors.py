"""Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol).

Never with credentials: what a browser sends by itself, such as a cookie, is for our own pages. Others'
pages say who they are with a bearer token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.cors import ANY

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, Onasty-Manage-Token, X-Request-Id"
    ),
    "Access-Control-Max-Age": "600",
}
EXPOSED = "Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"


def cors_headers(
    origins: frozenset[str],
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For when an answer begins: pages of `origins` may read what the API says, refusals too."""

    async def begin(request: web.Request, response: web.StreamResponse) -> None:
        if not request.path.startswith("/api"):
            return
        origin = request.headers.get("Origin")
        if ANY not in origins:
            response.headers.add("Vary", "Origin")
        if origin is not None and _allows(origins, origin):
            response.headers["Access-Control-Allow-Origin"] = ANY if ANY in origins else origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED

    return begin


def preflight_middleware(origins: frozenset[str]) -> Middleware:
    """Answers preflights. By itself, so that the limits can stand before it."""

    @web.middleware
    async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
            and request.path.startswith("/api")
            and _allows(origins, request.headers.get("Origin"))
        ):
            return web.Response(status=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)
        return await handler(request)

    return preflight


def _allows(origins: frozenset[str], origin: str | None) -> bool:
    return origin is not None and (origin in origins or ANY in origins)
