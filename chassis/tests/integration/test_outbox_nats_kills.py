"""NATS is killed while a relay publishes: every event is there afterwards, and none under two ids."""

import asyncio
import json
import os
import signal
from collections import Counter
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import nats
import pytest

from chassis import broker, postgres
from chassis.outbox import Outbox
from chassis.relay import Relay, relaying
from chassis.settings import DatabaseSettings
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.events import NoteCreated

pytestmark = pytest.mark.integration

EVENTS = 50


class Nats:
    """A server of the test's own, which its launcher starts again."""

    def __init__(self, devstack):
        self._devstack = devstack
        self.pid = devstack.endpoints.pids["nats"][0]

    def signal(self, number):
        os.kill(self.pid, number)

    async def published(self):
        """How often each id stands in the stream."""
        client = await nats.connect(self._devstack.endpoints.nats)
        js = client.jetstream()
        last = (await js.stream_info("EVENTS")).state.last_seq
        messages = [await js.get_msg("EVENTS", seq=sequence) for sequence in range(1, last + 1)]
        await client.close()
        return Counter(json.loads(message.data)["id"] for message in messages)


class Emitter:
    def __init__(self, runtime, client, database, sql):
        self.client, self._sql = client, sql
        self._outbox = Outbox(database)
        self.relaying = lambda: relaying(runtime, client, database, self._outbox)

    async def emit(self):
        async with self._outbox.transaction() as connection:
            for _ in range(EVENTS):
                await self._outbox.add(connection, NoteCreated(note_id=uuid4()))

    async def ids(self):
        return sorted(str(row["id"]) for row in await self._sql.fetch("SELECT id FROM outbox"))

    async def all_marked(self):
        unmarked = "SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"
        return await self._sql.fetchval(unmarked)


@pytest.fixture
def devstack(launch_devstack):
    devstack = launch_devstack("--only-servers")
    devstack.wait_until_ready()
    return devstack


@pytest.fixture
def nats_server(devstack):
    return Nats(devstack)


@pytest.fixture
async def emitter(devstack, make_runtime):
    where = devstack.endpoints
    runtime = make_runtime(
        "notes",
        DatabaseSettings,
        nats_url=where.nats_users["notes"],
        database_url=where.postgres["notes"],
    )
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(postgres.connected(runtime))
        client = await stack.enter_async_context(broker.connected(runtime))
        sql = await asyncpg.connect(where.postgres["notes"])
        stack.push_async_callback(sql.close)
        yield Emitter(runtime, client, database, sql)


async def until(look):
    async with asyncio.timeout(30):
        while not await look():
            await asyncio.sleep(0.02)


async def test_killed_between_acknowledgement_and_mark(nats_server, emitter, monkeypatch):
    acknowledged, killed = asyncio.Event(), asyncio.Event()
    mark, marks = Relay._mark, []

    async def lost_at_first(self, connection, rows, results):
        if rows:
            marks.append(results)
        if rows and len(marks) == 1:
            acknowledged.set()
            await killed.wait()
            raise ServiceError(ErrorCode.UNAVAILABLE, "the mark is lost")
        return await mark(self, connection, rows, results)

    monkeypatch.setattr(Relay, "_mark", lost_at_first)
    async with emitter.relaying():
        await emitter.emit()
        await acknowledged.wait()
        assert marks == [[None] * EVENTS], "all were acknowledged"
        nats_server.signal(signal.SIGKILL)
        killed.set()
        await until(emitter.all_marked)

    assert len(marks) > 1
    published = await nats_server.published()
    # JetStream knows them by their ids, also after its own death.
    assert (sorted(published), set(published.values())) == (await emitter.ids(), {1})


async def test_killed_before_the_acknowledgement(nats_server, emitter):
    async with emitter.relaying():
        nats_server.signal(signal.SIGSTOP)
        before = emitter.client.stats["out_msgs"]
        await emitter.emit()

        async def sent():
            return emitter.client.stats["out_msgs"] >= before + EVENTS

        await until(sent)
        assert not await emitter.all_marked()
        nats_server.signal(signal.SIGKILL)
        await until(emitter.all_marked)

    published = await nats_server.published()
    assert (sorted(published), set(published.values())) == (await emitter.ids(), {1})
