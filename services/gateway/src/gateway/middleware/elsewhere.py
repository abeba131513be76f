"""Requests that go to another gateway, because this one reaches nobody."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.context import REQUEST_ID
from gateway.middleware.errors import problem

# Sent by a proxy that knows other gateways, and that gives no client the status below.
OTHERS_HEADER = "Onasty-Others"
# Not 503, which a service may give for one request: this counts against the gateway.
ELSEWHERE = 530

UNREACHABLE = ServiceError(ErrorCode.UNAVAILABLE, "The service is not available; nothing was done.")


def elsewhere_middleware(is_connected: Callable[[], bool]) -> Middleware:
    """While `is_connected` says no, a proxy that knows others is told so at once, and nothing is done.

    Whoever comes without such a proxy is answered as ever: some of what there is needs no service.
    """

    @web.middleware
    async def elsewhere(request: web.Request, handler: Handler) -> web.StreamResponse:
        if OTHERS_HEADER not in request.headers or is_connected():
            return await handler(request)
        response = problem(UNREACHABLE, request[REQUEST_ID])
        response.set_status(ELSEWHERE)
        return response

    return elsewhere
