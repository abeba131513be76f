"""The transactional outbox: an event is a row of the transaction that causes it, and published afterwards.

The table, in the schema of each service that emits (`services/*/migrations`):

    outbox (id, type, data, entity_id, traceparent, created_at, published_at)

It is the only way to emit. What commits is published (`chassis.relay`), once or, after a crash, more than
once with the same id; what rolls back never is. Source of the pattern: C. Richardson, "Transactional
outbox", https://microservices.io/patterns/data/transactional-outbox.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import uuid_utils.compat

from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.messages import Event


class Outbox:
    """Writes events into the caller's transaction, and wakes the relay once that is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.woken = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, context: RequestContext | None = None) -> AsyncIterator[Connection]:
        """`Database.transaction`, after whose commit the relay looks at once."""
        async with self._database.transaction(context) as connection:
            yield connection
        self.wake()

    def wake(self) -> None:
        """There may be something to publish. Without it the relay looks a quarter of a second later."""
        self.woken.set()

    async def add(self, connection: Connection, event: Event, *, traceparent: str | None = None) -> UUID:
        """Emit an event with the transaction of `connection`; returns its id, a UUIDv7."""
        event_id: UUID = uuid_utils.compat.uuid7()
        await connection.execute(
            "INSERT INTO outbox (id, type, data, entity_id, traceparent) VALUES ($1, $2, $3, $4, $5)",
            event_id,
            event.subject,
            event.model_dump_json(exclude_none=True),
            event.entity_id,
            traceparent,
        )
        return event_id
