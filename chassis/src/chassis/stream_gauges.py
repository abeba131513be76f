"""How much lies on JetStream for a consumer, and among the dead letters, as metrics of every process."""

from __future__ import annotations

import asyncio
from typing import Any

import nats.errors
from nats.aio.client import Client
from prometheus_client import Gauge

from chassis.runtime import Runtime
from contracts.streams import DEAD_LETTERS, ConsumerSpec

# Seconds.
INTERVAL = 15.0


class StreamGauges:
    """Gauges are those of JetStream, the same in every process of a service, 15 s old at most.

    While JetStream is away, the last numbers stay.
    """

    def __init__(self, runtime: Runtime[Any], client: Client, spec: ConsumerSpec) -> None:
        self._log = runtime.log
        self._js = client.jetstream()
        self._spec = spec
        registry = runtime.metrics
        self._pending = Gauge(
            "events_pending", "Events that the service's consumer was not given yet", registry=registry
        )
        self._in_hand = Gauge(
            "events_unacknowledged", "Events that it was given and did not settle yet", registry=registry
        )
        self._redelivered = Gauge(
            "events_redelivered", "Of them those that were given before", registry=registry
        )
        self._dead = Gauge("dead_letters", "Dead letters of all consumers", registry=registry)

    async def run(self) -> None:
        """Ask, rest, and again."""
        while True:
            try:
                await self._look()
            except (nats.errors.Error, TimeoutError, OSError) as error:
                self._log.info("events on JetStream were not counted", kind=type(error).__name__)
            await asyncio.sleep(INTERVAL)

    async def _look(self) -> None:
        consumer = await self._js.consumer_info(self._spec.stream, self._spec.durable)
        self._pending.set(consumer.num_pending or 0)
        self._in_hand.set(consumer.num_ack_pending or 0)
        self._redelivered.set(consumer.num_redelivered or 0)
        self._dead.set((await self._js.stream_info(DEAD_LETTERS.name)).state.messages)
