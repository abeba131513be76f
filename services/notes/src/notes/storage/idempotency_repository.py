"""Creates that may be repeated."""

from __future__ import annotations

from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from notes.domain.note import NewNote
from notes.domain.repeatable import EarlierCreate, RepeatableCreate
from notes.storage.note_repository import add_all


class IdempotencyRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def find(self, create: RepeatableCreate, context: RequestContext) -> EarlierCreate | None:
        """What was made under the key before, by the same asker."""
        async with self._database.connection(context) as connection:
            return await _earlier(connection, create)

    async def add(
        self, create: RepeatableCreate, note: NewNote, context: RequestContext
    ) -> EarlierCreate | bool:
        """Keep key and note together, in one transaction; True when done, False when the slug is taken.

        A key that is there already (whoever came at the same time waits for the first) gives what it made.
        """
        async with self._outbox.transaction(context) as connection:
            earlier = await self._reserve(connection, create, note.slug)
            if earlier is not None:
                return earlier
            (added,) = await add_all(connection, [note])
            if not added:
                await connection.execute(
                    "DELETE FROM idempotency_keys WHERE scope = $1 AND key_hash = $2",
                    create.scope,
                    create.key_hash,
                )
            return added

    async def _reserve(
        self, connection: Connection, create: RepeatableCreate, slug: str
    ) -> EarlierCreate | None:
        new = await connection.fetchval(
            """
            INSERT INTO idempotency_keys (scope, key_hash, fingerprint, key_id, slug)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            create.scope,
            create.key_hash,
            create.fingerprint,
            create.key_id,
            slug,
        )
        if new:
            return None
        return await _earlier(connection, create)


async def _earlier(connection: Connection, create: RepeatableCreate) -> EarlierCreate | None:
    row = await connection.fetchrow(
        "SELECT fingerprint, key_id, slug FROM idempotency_keys WHERE scope = $1 AND key_hash = $2",
        create.scope,
        create.key_hash,
    )
    return None if row is None else EarlierCreate(*row)
