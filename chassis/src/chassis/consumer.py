"""Follows events: each takes effect once, whatever is delivered how often.

A delivery is one transaction: a row of the inbox (`chassis.inbox`), keyed by the event's id, and what the
handler does. Delivered again, the row is there and nothing happens.

A failure of the surroundings (PostgreSQL away, a timeout) is tried again for as long as it lasts. A failure
of the message itself (it does not parse, the handler raises) is tried until it failed four times in one
process, then written to `DEAD_LETTERS` and ended: it blocks nobody. A handler is short and touches the
database alone, so that `ack_wait` is never near; what takes long it leaves to a job.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter

from chassis import dead_letters, inbox, streams
from chassis.failures import Failures, reason
from chassis.postgres import Connection, Database
from chassis.runtime import Runtime
from chassis.stream_gauges import StreamGauges
from chassis.tracing import Span
from contracts.context import REQUEST_ID, TRACEPARENT, request_id, traceparent
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope, Event, EventT
from contracts.streams import DEAD_LETTERS, EVENTS, ConsumerSpec

WORKERS = 4
FETCH_TIMEOUT = 2.0
ERROR_PAUSE = 1.0
HANDLER_TIMEOUT = 10.0
# Seconds until it is delivered again; the last is repeated.
DELAYS = (0.5, 1.0, 5.0, 15.0, 30.0)
MESSAGE_ATTEMPTS = 4

_ATTRIBUTES = {"messaging.system": "nats", "messaging.operation.type": "process"}
_SURROUNDINGS = frozenset(
    {ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT, ErrorCode.OVERLOADED, ErrorCode.DEADLINE_EXCEEDED}
)


@dataclass(frozen=True, slots=True)
class Delivery(Generic[EventT]):
    """An event in the transaction in which it takes effect. What it causes is of the trace `traceparent`."""

    event: EventT
    event_id: UUID
    time: datetime
    traceparent: str | None
    connection: Connection


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event and what it does."""

    event_type: type[Event]
    handler: Callable[[Delivery[Any]], Awaitable[None]]


def on(event_type: type[EventT], handler: Callable[[Delivery[EventT]], Awaitable[None]]) -> Subscription:
    """Pair an event with its handler; the type checker compares the two."""
    return Subscription(event_type, handler)


@asynccontextmanager
async def consuming(
    runtime: Runtime[Any],
    client: Client,
    database: Database,
    spec: ConsumerSpec,
    subscriptions: Iterable[Subscription],
    *,
    after_commit: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    """Handle deliveries until the block ends. What is in hand then is rolled back and delivered again.

    Waits for stream and consumer until the runtime's start timeout. `after_commit` is called whenever an
    event took effect.
    """
    await streams.verified(runtime, client, [EVENTS, DEAD_LETTERS], [spec])
    consumer = Consumer(
        runtime, client, database, spec=spec, subscriptions=subscriptions, after_commit=after_commit
    )
    async with AsyncExitStack() as stack:
        for number in range(WORKERS):
            await stack.enter_async_context(runtime.background(f"consumer-{number}", consumer.work))
        await stack.enter_async_context(
            runtime.background("inbox-purge", lambda: inbox.purging(database, runtime.log))
        )
        gauges = StreamGauges(runtime, client, spec)
        await stack.enter_async_context(runtime.background("stream-gauges", gauges.run))
        yield


class Consumer:
    """One durable consumer, worked on by several tasks that each have one message in hand."""

    def __init__(
        self,
        runtime: Runtime[Any],
        client: Client,
        database: Database,
        *,
        spec: ConsumerSpec,
        subscriptions: Iterable[Subscription],
        after_commit: Callable[[], None],
    ) -> None:
        self._log = runtime.log
        self._tracing = runtime.tracing
        self._js: JetStreamContext = client.jetstream()
        self._database = database
        self._spec = spec
        self._subscriptions = {row.event_type.subject: row for row in subscriptions}
        self._after_commit = after_commit
        self._failures = Failures()
        self._consumed = Counter(
            "events_consumed",
            "Deliveries by event and outcome: handled, repeated, retried, dead",
            ["event", "outcome"],
            registry=runtime.metrics,
        )

    async def work(self) -> None:
        """Fetch, handle, acknowledge; one message at a time."""
        # Of its own: what nats-py fetches for one may otherwise be handed to another.
        subscription = await self._js.pull_subscribe_bind(self._spec.durable, self._spec.stream)
        try:
            await self._follow(subscription)
        finally:
            # Before the connection is drained, which would wait for what nobody fetches any more.
            with contextlib.suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()

    async def _follow(self, subscription: JetStreamContext.PullSubscription) -> None:
        told = False
        while True:
            try:
                messages = await subscription.fetch(1, FETCH_TIMEOUT)
            except TimeoutError:
                continue
            except (nats.errors.Error, OSError) as error:
                if not told:
                    told = True
                    self._log.warning("events cannot be fetched", kind=type(error).__name__)
                await asyncio.sleep(ERROR_PAUSE)
                continue
            told = False
            for message in messages:
                await self._take(message)

    async def _take(self, message: Msg) -> None:
        headers = message.headers or {}
        known = message.subject in self._subscriptions
        event = message.subject if known else "unknown"
        with (
            self._tracing.continued(
                traceparent(headers.get(TRACEPARENT)), "consumer", f"process {event}", _ATTRIBUTES
            ) as span,
            # An event is the request that its effects answer.
            structlog.contextvars.bound_contextvars(
                request_id=request_id(headers.get(REQUEST_ID)),
                subject=message.subject,
                sequence=message.metadata.sequence.stream,
            ),
        ):
            outcome = await self._outcome(message, span)
            span.note({"onasty.outcome": outcome})
            self._log.debug("an event was settled", outcome=outcome)
        self._consumed.labels(event, outcome).inc()

    async def _outcome(self, message: Msg, span: Span) -> str:
        try:
            return await self._settle(message, span)
        except asyncio.CancelledError:
            # At a stop: another replica need not wait until this delivery is given up.
            with contextlib.suppress(nats.errors.Error, OSError):
                await message.nak()
            raise
        except (nats.errors.Error, TimeoutError, OSError) as error:
            # Not told, so it is delivered again.
            self._log.info("a delivery was not settled", kind=type(error).__name__)
            return "retried"

    async def _settle(self, message: Msg, span: Span) -> str:
        if message.subject not in self._subscriptions:
            # Provisioned for a newer version, whose replicas will know it.
            self._log.warning("an event is not known to this version")
            await message.nak(DELAYS[-1])
            return "retried"
        try:
            async with asyncio.timeout(HANDLER_TIMEOUT):
                handled = await self._handle(message, span)
        except ServiceError as error:
            if error.code not in _SURROUNDINGS:
                return await self._failed(message, error)
            self._log.info("an event has to wait", code=error.code)
            await message.nak(_delay(message.metadata.num_delivered))
            return "retried"
        except TimeoutError:
            self._log.info("an event has to wait", code=ErrorCode.TIMEOUT)
            await message.nak(_delay(message.metadata.num_delivered))
            return "retried"
        except Exception as error:  # noqa: BLE001 - the edge: a defect must not end the consumer
            return await self._failed(message, error)
        await message.ack()
        self._failures.forget(message)
        if handled:
            self._after_commit()
        return "handled" if handled else "repeated"

    async def _handle(self, message: Msg, span: Span) -> bool:
        row = self._subscriptions[message.subject]
        envelope = Envelope[row.event_type].model_validate_json(message.data)  # type: ignore[name-defined]
        async with self._database.transaction() as connection:
            first = await inbox.enter(connection, envelope.id)
            if first:
                await row.handler(
                    Delivery(envelope.data, envelope.id, envelope.time, span.traceparent, connection)
                )
        return first

    async def _failed(self, message: Msg, error: Exception) -> str:
        failures = self._failures.add(message)
        if failures < MESSAGE_ATTEMPTS:
            self._log.warning("an event failed", exc_info=error)
            await message.nak(_delay(failures))
            return "retried"
        await dead_letters.publish(self._js, self._spec.durable, message, reason(error))
        await message.term()
        self._log.error("an event is a dead letter", exc_info=error)
        self._failures.forget(message)
        return "dead"


def _delay(attempt: int) -> float:
    return DELAYS[min(attempt, len(DELAYS)) - 1]
