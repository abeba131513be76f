"""What a stream writes to its client, and that it is never silent for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from gateway.live.messages import HEARTBEAT
from gateway.live.metrics import LiveMetrics

Write = Callable[[bytes], Awaitable[None]]
T = TypeVar("T")


class Speaker:
    """Writes something every `heartbeat` seconds at least, as long as the client reads."""

    def __init__(self, write: Write, heartbeat: float, metrics: LiveMetrics) -> None:
        self._write = write
        self._heartbeat = heartbeat
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._spoke = self._loop.time()

    async def say(self, name: str, text: bytes) -> None:
        """One message; returns when the client has taken what came before."""
        await self._put(text)
        self._metrics.sent.labels(name).inc()

    async def wait(self, waiting: Coroutine[Any, Any, T]) -> T:
        """What it gives or raises, however long it takes. The silences of several waits do not add up."""
        task = asyncio.create_task(waiting, name="live-wait")
        try:
            while True:
                left = self._spoke + self._heartbeat - self._loop.time()
                done, _ = await asyncio.wait([task], timeout=max(left, 0))
                if done:
                    return task.result()
                await self._put(HEARTBEAT)
        finally:
            task.cancel()

    async def _put(self, data: bytes) -> None:
        await self._write(data)
        self._spoke = self._loop.time()
