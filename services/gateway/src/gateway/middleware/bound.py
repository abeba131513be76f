"""Bounds on requests in hand, and so on memory; on those of one client, too, so that none has it all."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge

from contracts.errors import ErrorCode, ServiceError
from gateway.http.body import too_large
from gateway.middleware.context import CLIENT

# Bytes. All that may be in hand with smaller bodies is little beside a few large ones.
LARGE = 64 * 1024
# What a request holds here. A handler whose answer lasts gives it back when it begins, by closing it.
PLACE = web.RequestKey("place", ExitStack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many requests are in hand at once, and how many of them with a body of more than 64 KiB or of
    unknown length; in all and of one client. What says that it is more than `body_bytes` is refused unread.
    """

    total: int
    per_client: int
    large: int
    large_per_client: int
    large_wait: float
    body_bytes: int


class _InHand:
    """What one client has in hand; forgotten with the last of it."""

    __slots__ = ("count", "turns")

    def __init__(self) -> None:
        self.count = 0
        self.turns: asyncio.Semaphore | None = None


class _Turns:
    """Of large bodies."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._all = asyncio.Semaphore(bounds.large)

    async def wait(self, mine: _InHand, place: ExitStack) -> None:
        """The turn ends with the place."""
        if mine.turns is None:
            mine.turns = asyncio.Semaphore(self._bounds.large_per_client)
        try:
            async with asyncio.timeout(self._bounds.large_wait):
                await mine.turns.acquire()
                place.callback(mine.turns.release)
                await self._all.acquire()
                place.callback(self._all.release)
        except TimeoutError as error:
            raise ServiceError(
                ErrorCode.OVERLOADED, "Too many large bodies are in hand; try again shortly."
            ) from error


def bound_middleware(bounds: Bounds, registry: CollectorRegistry) -> Middleware:
    """Refuse what is over the bound at once, as `overloaded`.

    Large bodies over theirs wait in turn, unread, and are refused as `overloaded` after `large_wait` seconds.
    Small ones pass them, and those of a client who has its part wait for that client alone.
    """
    in_hand = 0
    Gauge("http_requests_in_hand", "HTTP requests being answered", registry=registry).set_function(
        lambda: in_hand
    )
    clients: dict[str, _InHand] = {}
    turns = _Turns(bounds)

    def leave(client: str, mine: _InHand) -> None:
        nonlocal in_hand
        in_hand -= 1
        mine.count -= 1
        if not mine.count:
            del clients[client]

    @web.middleware
    async def bound(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal in_hand
        length = request.content_length
        if length is not None and length > bounds.body_bytes:
            raise too_large(bounds.body_bytes)
        client = request[CLIENT]
        mine = clients.get(client)
        if in_hand >= bounds.total or (mine is not None and mine.count >= bounds.per_client):
            raise ServiceError(ErrorCode.OVERLOADED, "Too many requests are in hand; try again shortly.")
        if mine is None:
            mine = clients[client] = _InHand()
        in_hand += 1
        mine.count += 1
        is_large = request.body_exists if length is None else length > LARGE
        with ExitStack() as place:
            place.callback(leave, client, mine)
            if is_large:
                await turns.wait(mine, place)
            request[PLACE] = place
            return await handler(request)

    return bound
