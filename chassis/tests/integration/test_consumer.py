"""However often an event is delivered, it takes effect once; and no message blocks another."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest
import uuid_utils.compat

from chassis import broker, consumer, dead_letters, postgres
from chassis.consumer import consuming, on
from chassis.settings import DatabaseSettings
from contracts.auth.events import UserDeleted
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope
from contracts.registry import SERVICES

pytestmark = pytest.mark.integration

(SPEC,) = SERVICES["notes"].consumers
CANARY = "canary-in-an-error"


@pytest.fixture(autouse=True)
def short_delays(monkeypatch):
    monkeypatch.setattr(consumer, "DELAYS", (0.02, 0.05))


@pytest.fixture
async def sql(servers):
    connection = await asyncpg.connect(servers.postgres["notes"])
    await connection.execute("CREATE TABLE IF NOT EXISTS effects (event_id uuid)")
    yield connection
    await connection.execute("DROP TABLE effects")
    await connection.close()


class Events:
    """Emits as auth would, and looks at what became of it."""

    def __init__(self, js, sql, first_dead):
        self.js, self._sql, self._first_dead = js, sql, first_dead

    async def emit(self, *, event_id=None, message_id=None, payload=None):
        event_id = event_id or uuid_utils.compat.uuid7()
        event = UserDeleted(user_id=uuid4())
        envelope = Envelope[UserDeleted](
            id=event_id,
            source="/onasty/auth",
            type=event.subject,
            subject=str(event.entity_id),
            time=datetime.now(UTC),
            data=event,
        )
        await self.js.publish(
            event.subject,
            payload or envelope.model_dump_json(exclude_none=True).encode(),
            headers={"Nats-Msg-Id": message_id or str(event_id)},
        )
        return event_id

    async def effects(self):
        rows = await self._sql.fetch("SELECT event_id FROM effects")
        return Counter(UUID(str(row["event_id"])) for row in rows)

    async def wait_for_effects(self, ids):
        await until(lambda effects: set(ids) <= set(effects), self.effects)
        return await self.effects()

    async def dead(self):
        return [letter async for letter in dead_letters.every(self.js) if letter.seq >= self._first_dead]

    async def wait_for_dead(self):
        await until(len, self.dead)
        (letter,) = await self.dead()
        return letter


async def until(condition, look):
    async with asyncio.timeout(10):
        while not condition(await look()):
            await asyncio.sleep(0.02)


@pytest.fixture
async def events(servers, sql):
    client = await nats.connect(servers.nats)
    js = client.jetstream()
    yield Events(js, sql, (await js.stream_info("DEAD_LETTERS")).state.last_seq + 1)
    await client.close()


@pytest.fixture
async def consume(servers, make_runtime):
    """Consume as a replica of notes, until the test ends; gives the runtime."""
    async with AsyncExitStack() as stack:

        async def start(handler, **more):
            runtime = make_runtime(
                "notes",
                DatabaseSettings,
                nats_url=servers.nats_users["notes"],
                database_url=servers.postgres["notes"],
            )
            database = await stack.enter_async_context(postgres.connected(runtime))
            client = await stack.enter_async_context(broker.connected(runtime))
            following = consuming(runtime, client, database, SPEC, [on(UserDeleted, handler)], **more)
            block = AsyncExitStack()
            await block.enter_async_context(following)
            stack.push_async_callback(block.aclose)
            runtime.stop_consuming = block.aclose
            return runtime

        yield start


async def takes_effect(delivery):
    await delivery.connection.execute("INSERT INTO effects VALUES ($1)", delivery.event_id)


def outcomes(runtime, outcome):
    labels = {"event": UserDeleted.subject, "outcome": outcome}
    return runtime.metrics.get_sample_value("events_consumed_total", labels) or 0


async def until_outcome(runtime, outcome, count=1):
    async def look():
        return outcomes(runtime, outcome)

    await until(lambda seen: seen >= count, look)


async def test_an_event_published_twice_takes_effect_once(events, consume):
    committed = []
    runtime = await consume(takes_effect, after_commit=lambda: committed.append(True))
    event_id = await events.emit()
    await events.emit(event_id=event_id, message_id="again")

    await until_outcome(runtime, "repeated")

    assert (await events.effects())[event_id] == 1
    assert (outcomes(runtime, "handled"), len(committed)) == (1, 1)


async def test_two_replicas_share_the_work(events, consume):
    replicas = [await consume(takes_effect) for _ in range(2)]
    ids = [await events.emit() for _ in range(60)]

    effects = await events.wait_for_effects(ids)

    assert {effects[event_id] for event_id in ids} == {1}
    assert min(outcomes(each, "handled") for each in replicas) > 0


async def test_an_event_that_fails_is_a_dead_letter_and_blocks_nobody(events, consume, sql):
    async def fails(delivery):
        await takes_effect(delivery)
        if delivery.event_id == bad:
            raise ValueError(CANARY)

    bad, good = uuid_utils.compat.uuid7(), uuid_utils.compat.uuid7()
    runtime = await consume(fails)
    await events.emit(event_id=bad)
    await events.emit(event_id=good)

    letter = await events.wait_for_dead()

    assert str(bad) in letter.data.decode()
    assert letter.subject == "dead.notes.events.auth.v1.user.deleted"
    assert letter.headers["Onasty-Dead-Reason"] == "ValueError"
    assert letter.headers["Onasty-Dead-Deliveries"] == str(consumer.MESSAGE_ATTEMPTS)
    await events.wait_for_effects([good])
    assert bad not in await events.effects(), "what the handler did is rolled back"
    assert outcomes(runtime, "dead") == 1
    await events.js.delete_msg("DEAD_LETTERS", letter.seq)


async def test_a_replayed_dead_letter_takes_effect_once_and_is_gone(events, consume, capsys):
    broken = True

    async def breaks_at_first(delivery):
        if broken:
            raise ValueError(CANARY)
        await takes_effect(delivery)

    await consume(breaks_at_first)
    event_id = await events.emit()
    letter = await events.wait_for_dead()
    broken = False

    await dead_letters.replay(events.js, letter)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1
    assert await events.dead() == []
    assert CANARY not in capsys.readouterr().out


async def test_what_does_not_parse_is_a_dead_letter_that_says_where(events, consume):
    await consume(takes_effect)
    await events.emit(payload=b'{"specversion": "1.0", "data": {"user_id": "' + CANARY.encode() + b'"}}')

    letter = await events.wait_for_dead()

    reason = letter.headers["Onasty-Dead-Reason"]
    assert "data.user_id" in reason
    assert CANARY not in reason
    await events.js.delete_msg("DEAD_LETTERS", letter.seq)


async def test_an_outage_is_waited_for_and_makes_no_dead_letter(events, consume):
    refusals = iter([ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT] * consumer.MESSAGE_ATTEMPTS)

    async def away_for_long(delivery):
        for code in refusals:
            raise ServiceError(code, "away")
        await takes_effect(delivery)

    runtime = await consume(away_for_long)
    event_id = await events.emit()

    await events.wait_for_effects([event_id])

    assert outcomes(runtime, "retried") == 2 * consumer.MESSAGE_ATTEMPTS
    assert await events.dead() == []


async def test_a_handler_that_has_no_time_is_waited_for_and_makes_no_dead_letter(
    events, consume, monkeypatch
):
    monkeypatch.setattr(consumer, "HANDLER_TIMEOUT", 0.1)
    deliveries = 0

    async def too_slow_for_long(delivery):
        nonlocal deliveries
        deliveries += 1
        if deliveries <= 2 * consumer.MESSAGE_ATTEMPTS:
            await asyncio.Event().wait()
        await takes_effect(delivery)

    runtime = await consume(too_slow_for_long)
    event_id = await events.emit()

    await events.wait_for_effects([event_id])

    assert outcomes(runtime, "retried") == 2 * consumer.MESSAGE_ATTEMPTS
    assert await events.dead() == []


async def test_what_is_in_hand_at_a_stop_is_rolled_back_and_taken_by_another_at_once(events, consume):
    in_hand = asyncio.Event()

    async def hangs(delivery):
        await takes_effect(delivery)
        in_hand.set()
        await asyncio.Event().wait()

    stopped = await consume(hangs)
    event_id = await events.emit()
    await in_hand.wait()

    await stopped.stop_consuming()
    assert event_id not in await events.effects()
    # Within the 10 seconds of `until`, and not after the 30 of `ack_wait`.
    await consume(takes_effect)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1


async def test_an_event_of_a_newer_version_waits_for_its_replicas(events, consume, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(UserDeleted, "subject", "events.auth.v1.user.renamed")
        older = await consume(takes_effect)
    event_id = await events.emit()

    async def look():
        labels = {"event": "unknown", "outcome": "retried"}
        return older.metrics.get_sample_value("events_consumed_total", labels) or 0

    await until(lambda seen: seen >= 2, look)
    await older.stop_consuming()
    await consume(takes_effect)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1
    assert await events.dead() == []


async def test_a_service_waits_for_its_streams(servers, make_runtime, capsys):
    runtime = make_runtime(
        "notes",
        DatabaseSettings,
        nats_url=servers.nats_users["notes"],
        database_url=servers.postgres["notes"],
    )
    missing = consumer.ConsumerSpec("EVENTS", "nobody", SPEC.filter_subjects)
    async with broker.connected(runtime) as client, postgres.connected(runtime) as database:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3), consuming(runtime, client, database, missing, []):
                pass
    assert "is provisioning done?" in capsys.readouterr().out
