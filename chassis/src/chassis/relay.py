"""Publishes what stands in the outbox to JetStream.

Any number of relays share the work: rows that one has in hand the others skip. It asks for rows without a
publishing time, never for those after a cursor: a transaction that commits late would be skipped for ever.
A crash between the acknowledgement of JetStream and the mark publishes again under the same id, which
JetStream drops within two minutes and consumers know by their inbox. What cannot be published rests
(`chassis.resting`) while the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import nats.errors
from nats.aio.client import Client
from nats.js.api import Header
from prometheus_client import Counter, Gauge

from chassis import streams
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from chassis.resting import Resting
from chassis.runtime import Runtime
from chassis.waiting import until_set
from contracts.context import REQUEST_ID, TRACEPARENT
from contracts.errors import ServiceError
from contracts.messages import Envelope, RecordedEvent
from contracts.streams import EVENTS

POLL = 0.25
BATCH = 128
PUBLISH_TIMEOUT = 2.0
# While JetStream or PostgreSQL is away. A cluster that lost a node needs up to 9 s for another leader, and
# what waits then is to wait no longer than 10 s.
PAUSE = 0.5
FLUSH_TIMEOUT = 3.0
# Long enough to refill a stream that was lost (`chassis.outbox_replay`).
KEPT_AFTER_PUBLISHING = timedelta(hours=24)
PURGE_INTERVAL = 60.0
PURGE_BATCH = 1000
COUNT_INTERVAL = 10.0
COUNTED = 10_000

_ATTRIBUTES = {"messaging.system": "nats", "messaging.operation.type": "send"}


@asynccontextmanager
async def relaying(
    runtime: Runtime[Any], client: Client, database: Database, outbox: Outbox
) -> AsyncIterator[None]:
    """Publish until the block ends, then what is still there, for 3 seconds at most.

    Waits for the stream until the runtime's start timeout. Enter it before what emits, so that it ends
    after it.
    """
    await streams.verified(runtime, client, [EVENTS])
    relay = Relay(runtime, client, database, outbox)
    async with (
        runtime.background("relay", relay.run),
        runtime.background("outbox-purge", relay.purge),
        runtime.background("outbox-count", relay.count),
    ):
        yield
    await relay.flush()


class Relay:
    """Publishes and marks, batch after batch, in the order of the events' ids."""

    def __init__(self, runtime: Runtime[Any], client: Client, database: Database, outbox: Outbox) -> None:
        self._log = runtime.log
        self._tracing = runtime.tracing
        self._client = client
        self._js = client.jetstream(timeout=PUBLISH_TIMEOUT)
        self._database = database
        self._outbox = outbox
        self._source = f"/onasty/{runtime.name}"
        self._resting = Resting()
        # Of the batch that could not be published last.
        self._oldest: datetime | None = None
        self._failing = False
        self._published = Counter("outbox_published", "Events published", registry=runtime.metrics)
        self._unpublished = Gauge(
            "outbox_unpublished",
            "Events of all replicas that are not published, counted to 10,000, each 10 s",
            registry=runtime.metrics,
        )
        Gauge(
            "outbox_oldest_unpublished_seconds",
            "Age of the oldest event that this replica could not publish; 0 when there is none",
            registry=runtime.metrics,
        ).set_function(self._age_of_the_oldest)

    async def run(self) -> None:
        """Publish whenever woken, and look each 250 ms for what others left behind."""
        while True:
            self._outbox.woken.clear()
            if await self._batches():
                await until_set(self._outbox.woken, within=POLL)
            else:
                await asyncio.sleep(PAUSE)

    async def flush(self) -> None:
        """Publish what is there now, for 3 seconds at most; the rest is for the next process."""
        try:
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self._batches()
        except TimeoutError:
            self._log.warning("the outbox was not emptied before the stop")

    async def purge(self) -> None:
        """Delete what was published more than 24 hours ago."""
        while True:
            try:
                async with self._database.connection() as connection:
                    while (
                        await connection.fetchval(_PURGE, KEPT_AFTER_PUBLISHING, PURGE_BATCH) == PURGE_BATCH
                    ):
                        pass
            except ServiceError as error:
                self._log.info("the outbox was not purged", code=error.code)
            await asyncio.sleep(PURGE_INTERVAL)

    async def count(self) -> None:
        """Keep the gauge of what is not published."""
        while True:
            try:
                async with self._database.connection() as connection:
                    self._unpublished.set(await connection.fetchval(_COUNT, COUNTED))
            except ServiceError as error:
                self._log.info("the outbox was not counted", code=error.code)
            await asyncio.sleep(COUNT_INTERVAL)

    async def _batches(self) -> bool:
        """Batch after batch until none is full. False when of one nothing could be published."""
        try:
            while True:
                found, published = await self._batch()
                if found and not published:
                    return False
                if found < BATCH:
                    break
        except ServiceError as error:
            self._told_failing(str(error.code))
            return False
        if self._failing and not self._resting:
            self._failing = False
            self._log.info("events are published again")
        return True

    async def _batch(self) -> tuple[int, int]:
        # The rows stay locked while they are published: another replica takes others meanwhile.
        async with self._database.transaction() as connection:
            resting = self._resting.ids()
            rows = await connection.fetch(_UNPUBLISHED, BATCH, resting)
            if len(rows) < BATCH:
                # Of those whose rest is over, what is not there was published by another replica.
                self._resting.keep([*resting, *(row["id"] for row in rows)])
            self._oldest = rows[0]["created_at"] if rows else None
            results = await asyncio.gather(*(self._publish(row) for row in rows), return_exceptions=True)
            published = await self._mark(connection, rows, results)
        self._rest(rows, results)
        if published:
            self._oldest = None
        return len(rows), published

    def _rest(self, rows: list[asyncpg.Record], results: list[BaseException | None]) -> None:
        for row, problem in zip(rows, results, strict=True):
            if problem is None:
                self._resting.remove(row["id"])
            # Without a connection it is no fault of theirs, and they go first when it is back.
            elif self._client.is_connected:
                self._resting.add(row["id"], row["created_at"])

    async def _mark(
        self,
        connection: Connection,
        rows: list[asyncpg.Record],
        results: list[BaseException | None],
    ) -> int:
        done = [row["id"] for row, result in zip(rows, results, strict=True) if result is None]
        for error in results:
            if error is not None and not isinstance(error, nats.errors.Error | TimeoutError | OSError):
                raise error
        problem = next((error for error in results if error is not None), None)
        if problem is not None:
            self._told_failing(type(problem).__name__)
        if done:
            await connection.execute("UPDATE outbox SET published_at = now() WHERE id = ANY ($1)", done)
            self._published.inc(len(done))
        return len(done)

    async def _publish(self, row: asyncpg.Record) -> None:
        with self._tracing.continued(
            row["traceparent"], "producer", f"publish {row['type']}", _ATTRIBUTES
        ) as span:
            envelope = Envelope[RecordedEvent](
                id=row["id"],
                source=self._source,
                type=row["type"],
                subject=str(row["entity_id"]),
                time=row["created_at"].astimezone(UTC),
                traceparent=span.traceparent,
                data=RecordedEvent.model_validate_json(row["data"]),
            )
            event_id = str(row["id"])
            # An event is the request that its effects answer.
            headers = {Header.MSG_ID.value: event_id, REQUEST_ID: event_id}
            if span.traceparent is not None:
                headers[TRACEPARENT] = span.traceparent
            payload = envelope.model_dump_json(exclude_none=True).encode()
            await self._js.publish(row["type"], payload, stream=EVENTS.name, headers=headers)
            self._log.debug("an event was published", request_id=event_id, subject=row["type"])

    def _age_of_the_oldest(self) -> float:
        waiting = [time for time in (self._oldest, self._resting.oldest()) if time is not None]
        return max((datetime.now(UTC) - min(waiting)).total_seconds(), 0.0) if waiting else 0.0

    def _told_failing(self, kind: str) -> None:
        if not self._failing:
            self._failing = True
            self._log.warning("events cannot be published; they wait in the outbox", kind=kind)


_UNPUBLISHED = """
SELECT id, type, data, entity_id, traceparent, created_at FROM outbox
WHERE published_at IS NULL AND id <> ALL ($2::uuid[]) ORDER BY id LIMIT $1
FOR NO KEY UPDATE SKIP LOCKED
"""

_COUNT = "SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT $1) AS waiting"

_PURGE = """
WITH old AS (
    SELECT id FROM outbox WHERE published_at < now() - $1::interval
    ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM outbox USING old WHERE outbox.id = old.id RETURNING 1
)
SELECT count(*) FROM gone
"""
