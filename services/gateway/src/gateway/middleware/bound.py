"""A bound on requests in hand."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge

from contracts.errors import ErrorCode, ServiceError


def bound_middleware(limit: int, registry: CollectorRegistry) -> Middleware:
    """Refuse what is over the bound at once, as `overloaded`: each may hold a body of some megabytes."""
    in_hand = 0
    Gauge("http_requests_in_hand", "HTTP requests being answered", registry=registry).set_function(
        lambda: in_hand
    )

    @web.middleware
    async def bound(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal in_hand
        if in_hand >= limit:
            raise ServiceError(ErrorCode.OVERLOADED, "Too many requests are in hand; try again shortly.")
        in_hand += 1
        try:
            return await handler(request)
        finally:
            in_hand -= 1

    return bound
