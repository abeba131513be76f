"""What a service has handled already: an event whose id stands here has no second effect.

The table, in the schema of each service that consumes (`services/*/migrations`):

    inbox (event_id, handled_at)
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis.logs import Logger
from chassis.postgres import Connection, Database
from contracts.errors import ServiceError
from contracts.streams import DEAD_LETTERS, EVENTS

# A dead letter may be replayed on its last day, to all consumers, and lies in the stream once more.
KEPT = timedelta(seconds=DEAD_LETTERS.max_age + EVENTS.max_age) + timedelta(days=1)
PURGE_BATCH = 1000
PURGE_INTERVAL = 600.0


async def enter(connection: Connection, event_id: UUID) -> bool:
    """False when the event is there already. Who enters it at the same moment waits for the other."""
    first = await connection.fetchval(
        "INSERT INTO inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", event_id
    )
    return bool(first)


async def purge(database: Database) -> None:
    """Forget, batch after batch, events that cannot be delivered any more. Raises `unavailable`."""
    async with database.connection() as connection:
        while await connection.fetchval(_PURGE, KEPT, PURGE_BATCH) == PURGE_BATCH:
            pass


async def purging(database: Database, log: Logger) -> None:
    """Purge each ten minutes."""
    while True:
        try:
            await purge(database)
        except ServiceError as error:
            log.info("the inbox was not purged", code=error.code)
        await asyncio.sleep(PURGE_INTERVAL)


_PURGE = """
WITH old AS (
    SELECT event_id FROM inbox WHERE handled_at < now() - $1::interval
    ORDER BY handled_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM inbox USING old WHERE inbox.event_id = old.event_id RETURNING 1
)
SELECT count(*) FROM gone
"""
