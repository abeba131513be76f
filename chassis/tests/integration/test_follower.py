"""Following events: all there was, all there is, and what is not known when JetStream is lost."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import nats
import pytest
import uuid_utils.compat

from chassis import broker, follower
from chassis.follower import Follower, following
from chassis.metrics import FollowerMetrics
from chassis.provision import stream_config
from chassis.settings import ServiceSettings
from contracts.auth.events import UserSessionsRevoked
from contracts.messages import Envelope
from contracts.registry import ENDED_SESSIONS
from contracts.streams import EVENTS

pytestmark = pytest.mark.integration


class Emitter:
    """Publishes as auth would."""

    def __init__(self, client):
        self.client, self.js = client, client.jetstream()

    async def emit(self, payload=None):
        session_id = uuid4()
        event = UserSessionsRevoked(user_id=uuid4(), session_ids=[session_id])
        envelope = Envelope[UserSessionsRevoked](
            id=uuid_utils.compat.uuid7(),
            source="/onasty/auth",
            type=event.subject,
            subject=str(event.entity_id),
            time=datetime.now(UTC),
            data=event,
        )
        await self.js.publish(event.subject, payload or envelope.model_dump_json().encode())
        return session_id

    async def consumers(self):
        """Names of ephemeral consumers."""
        return [
            info.name for info in await self.js.consumers_info(EVENTS.name) if not info.config.durable_name
        ]


class Followed:
    """What one process has heard."""

    def __init__(self, runtime, client, following):
        self.runtime, self.client, self.follower = runtime, client, following
        self.heard = []

    def take(self, envelope):
        self.heard.extend(envelope.data.session_ids)

    async def hears(self, session_id):
        await until(lambda: session_id in self.heard)


async def until(condition, within=10):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.01)


@pytest.fixture
async def emitter(servers):
    client = await nats.connect(servers.nats)
    emitter = Emitter(client)
    for name in await emitter.consumers():
        await emitter.js.delete_consumer(EVENTS.name, name)  # of the test before
    yield emitter
    await client.close()


@pytest.fixture
async def follow(servers, make_runtime):
    """Follow as a gateway with its own rights on NATS, until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(since=timedelta(minutes=16)):
            runtime = make_runtime("gateway", ServiceSettings, nats_url=servers.nats_users["gateway"])
            client = await stack.enter_async_context(broker.connected(runtime))
            followed = Followed(runtime, client, None)
            followed.follower = Follower(
                runtime,
                client,
                FollowerMetrics(runtime.metrics),
                follow=ENDED_SESSIONS,
                since=since,
                handler=followed.take,
            )
            await stack.enter_async_context(following(runtime, revocations=followed.follower))
            return followed

        yield start


async def test_what_was_and_what_comes_is_heard_in_order(emitter, follow):
    before = [await emitter.emit() for _ in range(600)]
    followed = await follow()
    # Whoever is let in now is let in with all of it known.
    assert followed.heard[-600:] == before
    assert followed.follower.check() is None
    after = [await emitter.emit() for _ in range(3)]
    await followed.hears(after[-1])
    assert followed.heard[-603:] == before + after
    assert followed.runtime.metrics.get_sample_value("nats_permission_violations_total") == 0


async def test_several_catch_up_together(servers, make_runtime):
    together = asyncio.Barrier(2)

    class Slow:
        def __init__(self):
            self._done = asyncio.Event()
            self.caught_up = self._done.wait

        def check(self):
            return None

        async def run(self):
            await together.wait()
            self._done.set()
            await asyncio.Event().wait()

    runtime = make_runtime("gateway", ServiceSettings, nats_url=servers.nats)
    async with asyncio.timeout(5), following(runtime, one=Slow(), other=Slow()):
        assert together.n_waiting == 0


async def test_what_is_older_than_the_span_is_not_asked_for(emitter, follow):
    old = await emitter.emit()
    followed = await follow(since=timedelta(seconds=-1))
    # Its span begins a second from now.
    new = []
    deadline = time.monotonic() + 10
    while not followed.heard:
        assert time.monotonic() < deadline
        new.append(await emitter.emit())
    assert set(followed.heard) <= set(new)
    assert old not in followed.heard


async def test_a_request_for_messages_that_ends_is_followed_by_another(emitter, follow, monkeypatch):
    monkeypatch.setattr(follower, "REQUEST_LASTS", 1.0)
    monkeypatch.setattr(follower, "HEARTBEAT", 0.2)
    asked = []
    ask = Follower._ask

    async def counted(self, *arguments):
        asked.append(self.check())
        await ask(self, *arguments)

    monkeypatch.setattr(Follower, "_ask", counted)
    followed = await follow()
    consumers = await emitter.consumers()
    asked.clear()
    await until(lambda: len(asked) == 2)
    assert asked == [None] * 2
    await followed.hears(await emitter.emit())
    assert await emitter.consumers() == consumers


async def test_a_consumer_that_is_deleted_is_missed_at_once_and_made_anew(emitter, follow):
    followed = await follow()
    (first,) = await emitter.consumers()
    await emitter.js.delete_consumer(EVENTS.name, first)
    await until(lambda: followed.follower.check() is not None, within=1)
    missed = await emitter.emit()
    await until(lambda: followed.follower.check() is None)
    assert missed in followed.heard
    assert await emitter.consumers() != [first]


async def test_silence_is_no_consent(emitter, follow, monkeypatch):
    """A consumer that is there and does not answer: whatever it has to say is not known."""
    followed = await follow()
    monkeypatch.setattr(follower, "SILENCE", 0.3)
    monkeypatch.setattr(follower, "HEARTBEAT", 5.0)
    await emitter.js.delete_consumer(EVENTS.name, (await emitter.consumers())[0])
    await until(lambda: followed.follower.check() == "no word from JetStream")


async def test_over_another_connection_all_is_asked_again(emitter, follow):
    followed = await follow()
    known = await emitter.emit()
    await followed.hears(known)
    assert followed.heard.count(known) == 1
    # As when the network is cut: the server closes the connection.
    followed.client._transport.close()
    await until(lambda: followed.follower.check() is not None, within=5)
    missed = await emitter.emit()
    await until(lambda: followed.follower.check() is None)
    assert missed in followed.heard
    assert followed.heard.count(known) == 2


async def test_a_stream_that_is_lost_and_made_again_is_followed_again(emitter, follow):
    followed = await follow()
    specs = [info.config for info in await emitter.js.consumers_info(EVENTS.name) if info.config.durable_name]
    await emitter.js.delete_stream(EVENTS.name)
    try:
        await until(lambda: followed.follower.check() is not None, within=5)
    finally:
        await emitter.js.add_stream(stream_config(EVENTS, 1))
        for spec in specs:
            await emitter.js.add_consumer(EVENTS.name, spec)
    await until(lambda: followed.follower.check() is None)
    await followed.hears(await emitter.emit())


async def test_what_cannot_be_read_is_counted_and_stops_nothing(emitter, follow, capsys):
    followed = await follow()
    await emitter.emit(b"{}")
    await followed.hears(await emitter.emit())
    labels = {"event": UserSessionsRevoked.subject, "outcome": "unreadable"}
    assert followed.runtime.metrics.get_sample_value("events_followed_total", labels) >= 1
    assert "an event cannot be read" in capsys.readouterr().out


async def test_a_durable_consumer_and_another_event_are_out_of_its_reach(servers, emitter, follow):
    refused = []

    async def on_error(error):
        refused.append(str(error).lower())

    client = await nats.connect(
        servers.nats_users["gateway"], inbox_prefix="_INBOX_gateway", error_cb=on_error
    )
    for subject in (
        "$JS.API.CONSUMER.CREATE.EVENTS.mailer.events.auth.v1.user.sessions_revoked",
        "$JS.API.CONSUMER.CREATE.EVENTS.own.events.auth.v1.user.deleted",
        "$JS.API.CONSUMER.CREATE.EVENTS",
        "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.own",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.mailer",
    ):
        count = len(refused)
        await client.publish(subject, b"{}")
        await until(lambda count=count: len(refused) > count)
        assert "permissions violation for publish" in refused[-1], subject
    await client.close()
