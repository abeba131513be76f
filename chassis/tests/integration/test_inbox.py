"""An inbox remembers for as long as an event may come again, and forgets the rest."""

from datetime import timedelta

import asyncpg
import pytest
import uuid_utils.compat

from chassis import inbox, postgres
from chassis.settings import DatabaseSettings
from contracts.streams import DEAD_LETTERS, EVENTS

pytestmark = pytest.mark.integration


@pytest.fixture
async def sql(servers):
    connection = await asyncpg.connect(servers.postgres["notes"])
    await connection.execute("TRUNCATE inbox")
    yield connection
    await connection.execute("TRUNCATE inbox")
    await connection.close()


async def test_it_forgets_in_batches_what_cannot_come_again(servers, make_runtime, sql, monkeypatch):
    monkeypatch.setattr(inbox, "PURGE_BATCH", 10)
    # A dead letter on its last day, replayed, and then for as long as the stream keeps it.
    latest = timedelta(seconds=DEAD_LETTERS.max_age + EVENTS.max_age)
    ids = [uuid_utils.compat.uuid7() for _ in range(26)]
    insert = "INSERT INTO inbox (event_id, handled_at) VALUES ($1, now() - $2::interval)"
    await sql.execute(insert, ids[0], latest)
    await sql.executemany(insert, [(event_id, latest + timedelta(days=2)) for event_id in ids[1:]])
    runtime = make_runtime(
        "notes",
        DatabaseSettings,
        nats_url=servers.nats_users["notes"],
        database_url=servers.postgres["notes"],
    )

    async with postgres.connected(runtime) as database:
        await inbox.purge(database)

    assert [row["event_id"] for row in await sql.fetch("SELECT event_id FROM inbox")] == ids[:1]
