"""What commits is published, and nothing else; nothing is skipped, and nothing is lost."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import nats
import pytest

from chassis import broker, outbox_replay, postgres, relay, resting
from chassis.outbox import Outbox
from chassis.relay import Relay, relaying
from chassis.settings import DatabaseSettings
from contracts.notes.events import NoteCreated

pytestmark = pytest.mark.integration


class Stream:
    """What was published since the test began."""

    def __init__(self, js, first):
        self._js, self._first = js, first

    async def events(self):
        last = (await self._js.stream_info("EVENTS")).state.last_seq
        messages = [await self._js.get_msg("EVENTS", seq=seq) for seq in range(self._first, last + 1)]
        return [json.loads(message.data) for message in messages]

    async def ids(self):
        return [event["id"] for event in await self.events()]

    async def wait_for(self, ids):
        wanted = {str(event_id) for event_id in ids}
        async with asyncio.timeout(10):
            while not wanted <= set(await self.ids()):
                await asyncio.sleep(0.02)


@pytest.fixture
async def stream(servers):
    client = await nats.connect(servers.nats)
    js = client.jetstream()
    yield Stream(js, (await js.stream_info("EVENTS")).state.last_seq + 1)
    await client.close()


@pytest.fixture
async def sql(servers):
    connection = await asyncpg.connect(servers.postgres["notes"])
    await connection.execute("TRUNCATE outbox")
    yield connection
    await connection.execute("TRUNCATE outbox")
    await connection.close()


class Emitter:
    """One replica of a service that emits."""

    def __init__(self, runtime, client, database):
        self.runtime, self.client, self.database = runtime, client, database
        self.outbox = Outbox(database)

    def relaying(self):
        return relaying(self.runtime, self.client, self.database, self.outbox)

    def relay(self):
        return Relay(self.runtime, self.client, self.database, self.outbox)

    async def emit(self):
        async with self.outbox.transaction() as connection:
            return await self.outbox.add(connection, NoteCreated(note_id=uuid4()))


@pytest.fixture
async def make_emitter(servers, make_runtime, sql):
    async with AsyncExitStack() as stack:

        async def make():
            runtime = make_runtime(
                "notes",
                DatabaseSettings,
                nats_url=servers.nats_users["notes"],
                database_url=servers.postgres["notes"],
            )
            database = await stack.enter_async_context(postgres.connected(runtime))
            return Emitter(runtime, await stack.enter_async_context(broker.connected(runtime)), database)

        yield make


async def test_what_commits_is_published_as_a_cloud_event_and_what_rolls_back_is_not(make_emitter, stream):
    emitter = await make_emitter()
    note_id, author_id = uuid4(), uuid4()
    async with emitter.relaying():
        with pytest.raises(ZeroDivisionError):
            async with emitter.outbox.transaction() as connection:
                await emitter.outbox.add(connection, NoteCreated(note_id=uuid4()))
                raise ZeroDivisionError
        async with emitter.outbox.transaction() as connection:
            event = NoteCreated(note_id=note_id, author_id=author_id)
            event_id = await emitter.outbox.add(connection, event, traceparent="00-" + "a" * 32)
        await stream.wait_for([event_id])

    (published,) = await stream.events()
    assert datetime.fromisoformat(published.pop("time")) - datetime.now(UTC) < timedelta(seconds=60)
    assert published == {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/onasty/notes",
        "type": "events.notes.v1.note.created",
        "subject": str(note_id),
        "datacontenttype": "application/json",
        "traceparent": "00-" + "a" * 32,
        "data": {"note_id": str(note_id), "author_id": str(author_id)},
    }


async def test_two_relays_publish_everything_once(make_emitter, stream, sql, monkeypatch):
    monkeypatch.setattr(relay, "BATCH", 7)
    one, two = await make_emitter(), await make_emitter()
    async with one.relaying(), two.relaying():
        ids = []
        for _ in range(10):
            ids += await asyncio.gather(*(emitter.emit() for emitter in [one, two] * 10))
        await stream.wait_for(ids)

    assert sorted(await stream.ids()) == sorted(str(event_id) for event_id in ids)
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    shares = [each.runtime.metrics.get_sample_value("outbox_published_total") for each in (one, two)]
    assert sum(shares) == len(ids)
    assert min(shares) > 0


async def test_an_event_that_commits_late_is_not_skipped(make_emitter, stream):
    emitter = await make_emitter()
    async with emitter.relaying():
        async with emitter.outbox.transaction() as connection:
            late = await emitter.outbox.add(connection, NoteCreated(note_id=uuid4()))
            early = await emitter.emit()
            await stream.wait_for([early])
            assert late < early
            assert str(late) not in await stream.ids()
        await stream.wait_for([late])


async def test_a_crash_before_the_mark_publishes_again_under_the_same_id(
    make_emitter, stream, sql, monkeypatch
):
    emitter = await make_emitter()
    relay_of_ours = emitter.relay()
    event_id = await emitter.emit()

    async def crash(*_):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Relay, "_mark", crash)
        with pytest.raises(SystemExit):
            await relay_of_ours.flush()
    assert await stream.ids() == [str(event_id)]
    assert await sql.fetchval("SELECT published_at IS NULL FROM outbox WHERE id = $1", event_id)

    await relay_of_ours.flush()

    assert await stream.ids() == [str(event_id)]
    assert await sql.fetchval("SELECT published_at IS NOT NULL FROM outbox WHERE id = $1", event_id)


async def test_what_jetstream_does_not_take_stays_is_told_and_holds_up_nothing(
    make_emitter, stream, sql, monkeypatch, capsys
):
    monkeypatch.setattr(relay, "PUBLISH_TIMEOUT", 0.2)
    monkeypatch.setattr(relay, "COUNT_INTERVAL", 0.02)
    emitter = await make_emitter()
    # A subject that the contract does not allow: NATS refuses it, and the publisher only sees a timeout.
    foreign = await emitter.emit()
    await sql.execute("UPDATE outbox SET type = 'events.auth.v1.user.deleted' WHERE id = $1", foreign)
    own = [await emitter.emit() for _ in range(2)]

    async with emitter.relaying():
        await stream.wait_for(own)
        async with asyncio.timeout(10):
            while emitter.runtime.metrics.get_sample_value("outbox_oldest_unpublished_seconds") <= 0:
                await asyncio.sleep(0.02)
            while emitter.runtime.metrics.get_sample_value("outbox_unpublished") != 1:
                await asyncio.sleep(0.02)

    assert str(foreign) not in await stream.ids()
    assert await sql.fetchval("SELECT published_at IS NULL FROM outbox WHERE id = $1", foreign)
    assert capsys.readouterr().out.count("they wait in the outbox") == 1


async def test_more_than_a_batch_that_cannot_be_published_stops_nobody(
    make_emitter, stream, sql, monkeypatch, capsys
):
    monkeypatch.setattr(relay, "PUBLISH_TIMEOUT", 0.2)
    monkeypatch.setattr(relay, "BATCH", 8)
    monkeypatch.setattr(resting, "FIRST_REST", 60.0)
    emitter = await make_emitter()
    foreign = [await emitter.emit() for _ in range(relay.BATCH + 1)]
    await sql.execute("UPDATE outbox SET type = 'events.auth.v1.user.deleted'")
    good = await emitter.emit()

    async with emitter.relaying():
        await stream.wait_for([good])
        # They rest by now: the next is published as if they were not there.
        await stream.wait_for([await emitter.emit()])
        assert emitter.runtime.metrics.get_sample_value("outbox_oldest_unpublished_seconds") > 0

    waiting = {row["id"] for row in await sql.fetch("SELECT id FROM outbox WHERE published_at IS NULL")}
    assert waiting == set(foreign)
    told = capsys.readouterr().out
    assert (told.count("they wait in the outbox"), told.count("are published again")) == (1, 0)


async def test_what_rested_is_published_when_it_can_be(make_emitter, stream, sql, monkeypatch, capsys):
    monkeypatch.setattr(relay, "PUBLISH_TIMEOUT", 0.2)
    monkeypatch.setattr(resting, "FIRST_REST", 0.05)
    emitter = await make_emitter()
    event_id = await emitter.emit()
    await sql.execute("UPDATE outbox SET type = 'events.auth.v1.user.deleted'")

    async with emitter.relaying():
        async with asyncio.timeout(10):
            while emitter.runtime.metrics.get_sample_value("outbox_oldest_unpublished_seconds") <= 0:
                await asyncio.sleep(0.02)
        # A statement that waits for the batch in hand.
        await sql.execute("UPDATE outbox SET type = $1", NoteCreated.subject)
        await stream.wait_for([event_id])
        async with asyncio.timeout(10):
            while emitter.runtime.metrics.get_sample_value("outbox_oldest_unpublished_seconds") > 0:
                await asyncio.sleep(0.02)

    assert "are published again" in capsys.readouterr().out


async def test_what_is_there_at_the_stop_is_published(make_emitter, stream, sql):
    emitter = await make_emitter()
    async with emitter.relaying(), emitter.database.transaction() as connection:  # wakes nobody
        event_id = await emitter.outbox.add(connection, NoteCreated(note_id=uuid4()))
    assert str(event_id) in await stream.ids()


async def test_published_rows_stay_a_day_and_unpublished_for_ever(make_emitter, sql):
    emitter = await make_emitter()
    fresh, old, unpublished = [await emitter.emit() for _ in range(3)]
    await sql.execute("UPDATE outbox SET published_at = now() - interval '23 hours' WHERE id = $1", fresh)
    await sql.execute("UPDATE outbox SET published_at = now() - interval '25 hours' WHERE id = $1", old)
    await sql.execute("UPDATE outbox SET created_at = now() - interval '99 days' WHERE id = $1", unpublished)

    purging = asyncio.create_task(emitter.relay().purge())
    async with asyncio.timeout(10):
        while await sql.fetchval("SELECT count(*) FROM outbox") == 3:
            await asyncio.sleep(0.02)
    purging.cancel()

    left = {row["id"] for row in await sql.fetch("SELECT id FROM outbox")}
    assert left == {fresh, unpublished}


async def test_a_replay_publishes_again_what_was_committed_since(make_emitter, servers, sql):
    emitter = await make_emitter()
    before, since = await emitter.emit(), await emitter.emit()
    await emitter.relay().flush()
    await sql.execute("UPDATE outbox SET created_at = now() - interval '2 hours' WHERE id = $1", before)

    count = await outbox_replay.replay(servers.postgres["notes"], datetime.now(UTC) - timedelta(hours=1))

    assert count == 1
    (waiting,) = await sql.fetch("SELECT id FROM outbox WHERE published_at IS NULL")
    assert waiting["id"] == since
