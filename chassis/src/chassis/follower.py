"""Follows events in every process, from some time back or from now: for what each of them must know.

Unlike with a durable consumer (`chassis.consumer`) nothing is shared, acknowledged or kept: each process
makes an ephemeral pull consumer of its own. Whatever is lost of it (it was deleted, NATS restarted, there is
a gap, or silence), the next one begins anew. As far back as before, so that an event may come more than
once, and a handler must not mind; or from then on, and `begun` says that some may be missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from pydantic import ValidationError

from chassis.metrics import FollowerMetrics
from chassis.runtime import Runtime
from contracts.messages import Envelope
from contracts.streams import EVENTS, FollowSpec

# Seconds.
ANSWER_WITHIN = 2.0
ERROR_PAUSE = 0.5
# The server says so often that it has nothing to say.
HEARTBEAT = 0.5
# Without a word for so long, nothing is known any more.
SILENCE = 2.0
# One request for messages, which the server then ends.
REQUEST_LASTS = 30.0
# Until the server forgets the consumer of a process that is gone.
FORGOTTEN_AFTER = 30.0
BATCH = 256

HEARTBEAT_STATUS = "100"
REQUEST_ENDED = frozenset({"404", "408"})


class LostError(Exception):
    """The consumer is of no use any more. The text says why, in a few words."""


def _nothing() -> None:
    pass


class Follower:
    """Hands every event of a contract to `handler`, those of the time span before now first.

    The span goes by the time at which the stream took an event; without one nothing that was is told. `begun`
    is called whenever a consumer is there, after the first one and after each loss: what happens from then on
    is told. `handler` and `begun` return at once and raise nothing. An event that does not parse is logged as
    an error, counted and passed over.
    """

    def __init__(
        self,
        runtime: Runtime[Any],
        client: Client,
        metrics: FollowerMetrics,
        *,
        follow: FollowSpec,
        since: timedelta | None,
        handler: Callable[[Envelope[Any]], None],
        begun: Callable[[], None] = _nothing,
    ) -> None:
        self._log = runtime.log
        self._client = client
        self._js = client.jetstream(timeout=ANSWER_WITHIN)
        self._filter = follow.filter_subject
        self._envelopes: dict[str, type[Envelope[Any]]] = {
            event.subject: Envelope[event]  # type: ignore[valid-type]
            for event in follow.events
        }
        self._since = since
        self._handler = handler
        self._begun = begun
        self._wrong: str | None = "not begun"
        self._connection = -1
        self._caught_up = asyncio.Event()
        metrics.current.labels(self._filter).set_function(lambda: self.check() is None)
        self._followed = metrics.followed

    def check(self) -> str | None:
        """None while all there is was handled, or what is wrong: for readiness."""
        if not self._client.is_connected or self._client.stats["reconnects"] != self._connection:
            # What was on its way over the old connection is lost.
            return self._wrong or "disconnected"
        return self._wrong

    async def caught_up(self) -> None:
        """Wait until all there was is handled, once."""
        await self._caught_up.wait()

    async def run(self) -> None:
        """Follow, and begin anew after every loss."""
        while True:
            try:
                await self._follow()
            except (LostError, nats.errors.Error, TimeoutError, OSError) as error:
                why = str(error) if isinstance(error, LostError) else type(error).__name__
                if self._wrong != why:
                    self._log.warning("events are not followed", kind=self._filter, reason=why)
                self._wrong = why
            await asyncio.sleep(ERROR_PAUSE)

    async def _follow(self) -> None:
        connection = self._client.stats["reconnects"]
        name = self._client.new_inbox().rpartition(".")[2]
        made = await self._js.add_consumer(
            EVENTS.name,
            ConsumerConfig(
                name=name,
                deliver_policy=DeliverPolicy.NEW if self._since is None else DeliverPolicy.BY_START_TIME,
                opt_start_time=None if self._since is None else datetime.now(UTC) - self._since,
                filter_subject=self._filter,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=FORGOTTEN_AFTER,
                num_replicas=1,
                mem_storage=True,
            ),
        )
        self._begun()
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox)
        try:
            await self._pull(name, inbox, subscription, connection, made.num_pending or 0)
        finally:
            with contextlib.suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()

    async def _pull(
        self, name: str, inbox: str, subscription: Subscription, connection: int, pending: int
    ) -> None:
        asked = handled = 0
        while True:
            if asked == 0:
                await self._ask(name, inbox)
                asked = BATCH
            message = await self._word(subscription, connection)
            status = _status(message)
            if status == HEARTBEAT_STATUS:
                if not pending and not handled:
                    # It answers, and has nothing.
                    self._all_handled(connection)
                continue
            if status in REQUEST_ENDED:
                asked = 0
                continue
            if status:
                raise LostError(f"the consumer ended ({status})")
            asked -= 1
            handled += 1
            place = message.metadata
            if place.sequence.consumer != handled:
                raise LostError("a gap")
            self._handle(message)
            if not place.num_pending:
                self._all_handled(connection)

    async def _word(self, subscription: Subscription, connection: int) -> Msg:
        try:
            message = await subscription.next_msg(SILENCE)
        except TimeoutError as error:
            raise LostError("no word from JetStream") from error
        if self._client.stats["reconnects"] != connection:
            raise LostError("the connection was another")
        return message

    async def _ask(self, name: str, inbox: str) -> None:
        wish = {
            "batch": BATCH,
            "expires": int(REQUEST_LASTS * 1e9),
            "idle_heartbeat": int(HEARTBEAT * 1e9),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS.name}.{name}"
        await self._client.publish(subject, json.dumps(wish).encode(), reply=inbox)

    def _handle(self, message: Msg) -> None:
        kind = self._envelopes.get(message.subject)
        if kind is None:
            return  # of the same entity, and newer than this version
        try:
            envelope = kind.model_validate_json(message.data)
        except ValidationError as error:
            self._log.error(
                "an event cannot be read", sequence=message.metadata.sequence.stream, exc_info=error
            )
            self._followed.labels(message.subject, "unreadable").inc()
            return
        self._handler(envelope)
        self._followed.labels(message.subject, "handled").inc()

    def _all_handled(self, connection: int) -> None:
        if self._wrong is not None or self._connection != connection:
            self._log.info("events are followed", kind=self._filter)
        self._wrong = None
        self._connection = connection
        self._caught_up.set()


def _status(message: Msg) -> str | None:
    # A message of the stream has a reply subject of JetStream's; what the server says of itself has a status.
    return (message.headers or {}).get("Status") if not message.reply else None


@asynccontextmanager
async def following(runtime: Runtime[Any], **followers: Follower) -> AsyncIterator[None]:
    """Follow until the block ends; it begins when all there was is handled, by all of them at once.

    Readiness has a check of each name. Waits for JetStream until the runtime's start timeout.
    """
    async with AsyncExitStack() as running:
        for name, follower in followers.items():
            runtime.health.require(name, follower.check)
            await running.enter_async_context(runtime.background(f"follow-{name}", follower.run))
        for follower in followers.values():
            await follower.caught_up()
        yield
