"""A consumer of notes beside whom events are emitted, and what became of them."""

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
from contracts.messages import Envelope
from contracts.registry import SERVICES

(SPEC,) = SERVICES["notes"].consumers


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
        await self.until(lambda effects: set(ids) <= set(effects), self.effects)
        return await self.effects()

    async def dead(self):
        return [letter async for letter in dead_letters.every(self.js) if letter.seq >= self._first_dead]

    async def wait_for_dead(self):
        await self.until(len, self.dead)
        (letter,) = await self.dead()
        return letter

    async def takes_effect(self, delivery):
        """A handler."""
        await delivery.connection.execute("INSERT INTO effects VALUES ($1)", delivery.event_id)

    async def until(self, condition, look):
        async with asyncio.timeout(10):
            while not condition(await look()):
                await asyncio.sleep(0.02)

    def outcomes(self, runtime, outcome):
        labels = {"event": UserDeleted.subject, "outcome": outcome}
        return runtime.metrics.get_sample_value("events_consumed_total", labels) or 0

    async def until_outcome(self, runtime, outcome):
        async def look():
            return self.outcomes(runtime, outcome)

        await self.until(lambda seen: seen >= 1, look)


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
            runtime.stop_consuming, runtime.client = block.aclose, client
            return runtime

        yield start
