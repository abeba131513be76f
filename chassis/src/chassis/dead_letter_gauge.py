"""How many dead letters lie on JetStream, as a metric of every process that consumes."""

from __future__ import annotations

import asyncio
from typing import Any

import nats.errors
from nats.aio.client import Client
from prometheus_client import Gauge

from chassis.runtime import Runtime
from contracts.streams import DEAD_LETTERS

INTERVAL = 60.0


class DeadLetterGauge:
    """`dead_letters`: of all consumers together, so that every process shows the same number."""

    def __init__(self, runtime: Runtime[Any], client: Client) -> None:
        self._log = runtime.log
        self._js = client.jetstream()
        self._gauge = Gauge(
            "dead_letters", "Dead letters of all consumers, a minute old at most", registry=runtime.metrics
        )

    async def run(self) -> None:
        """Ask each minute; while JetStream is away, the last number stays."""
        while True:
            try:
                self._gauge.set((await self._js.stream_info(DEAD_LETTERS.name)).state.messages)
            except (nats.errors.Error, TimeoutError, OSError) as error:
                self._log.info("dead letters were not counted", kind=type(error).__name__)
            await asyncio.sleep(INTERVAL)
