"""Bounds on requests in hand, and so on memory."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge

from contracts.errors import ErrorCode, ServiceError

# Bytes. All that may be in hand with smaller bodies is little beside a few large ones.
LARGE = 64 * 1024


def bound_middleware(limit: int, *, large: int, large_wait: float, registry: CollectorRegistry) -> Middleware:
    """Refuse what is over the bound at once, as `overloaded`.

    Of requests whose body is larger than 64 KiB, or of unknown length, `large` are in hand at once. Others
    wait in turn, unread, and are refused as `overloaded` after `large_wait` seconds. Small ones pass them.
    """
    in_hand = 0
    Gauge("http_requests_in_hand", "HTTP requests being answered", registry=registry).set_function(
        lambda: in_hand
    )
    turns = asyncio.Semaphore(large)

    async def in_turn(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(large_wait):
                await turns.acquire()
        except TimeoutError as error:
            raise ServiceError(
                ErrorCode.OVERLOADED, "Too many large bodies are in hand; try again shortly."
            ) from error
        try:
            return await handler(request)
        finally:
            turns.release()

    @web.middleware
    async def bound(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal in_hand
        if in_hand >= limit:
            raise ServiceError(ErrorCode.OVERLOADED, "Too many requests are in hand; try again shortly.")
        in_hand += 1
        try:
            return await (in_turn(request, handler) if _is_large(request) else handler(request))
        finally:
            in_hand -= 1

    return bound


def _is_large(request: web.Request) -> bool:
    length = request.content_length
    return request.body_exists if length is None else length > LARGE
