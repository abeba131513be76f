"""Notes as a whole: kept, looked at, counted on, changed, ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from chassis.batching import Batcher
from chassis.metrics import BatchMetrics
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.notes.events import NoteCreated, NoteDeleted, NoteRevealRefused
from notes.domain.note import NewNote, NoteRecord
from notes.storage.events import emitting
from notes.storage.rows import RECORD_COLUMNS, note_record

# Guesses at one note wait for each other at its row, each with a connection: here, so that one note cannot
# have them all.
GUESSES_AT_ONCE = 2

_FIND = f"SELECT {RECORD_COLUMNS} FROM notes WHERE slug = $1"

_GUESS_IS_LEFT = "(guesses < $2 OR guesses_since IS NULL OR guesses_since <= now() - interval '1 hour')"
# The hour begins with its first guess.
_COUNT_GUESS = f"""
UPDATE notes SET
    guesses = CASE WHEN guesses_since > now() - interval '1 hour' THEN guesses + 1 ELSE 1 END,
    guesses_since = CASE WHEN guesses_since > now() - interval '1 hour' THEN guesses_since ELSE now() END
WHERE id = $1 AND {_GUESS_IS_LEFT}
RETURNING true
"""
# Shared, so that who was right waits for the guesses that came before, and not for others who were right.
_LOOK_AT_GUESSES = f"SELECT true FROM notes WHERE id = $1 AND {_GUESS_IS_LEFT} FOR SHARE"
_GUESSES_END = """
SELECT extract(epoch FROM guesses_since + interval '1 hour' - now())::float8 FROM notes WHERE id = $1
"""


class NoteRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database, outbox: Outbox, metrics: BatchMetrics) -> None:
        self._database = database
        self._outbox = outbox
        self._adding = Batcher(
            database.connection,
            add_all,
            lambda note: note.slug,
            name="add",
            metrics=metrics,
            weigh=lambda note: len(note.content),
        )
        self._refusing = Batcher(
            database.connection,
            _count_refusals,
            id,  # those of one note are counted together
            name="refuse",
            metrics=metrics,
        )
        self._turns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    async def add(self, note: NewNote, context: RequestContext) -> bool:
        """Keep a note; False when its slug is taken, also by a note that is over."""
        added = await self._adding.ask(note, context)
        if added and note.is_told_of:
            self._outbox.wake()
        return added

    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None:
        """The note, alive or over; None when the slug is free."""
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(_FIND, slug)
        return None if row is None else note_record(dict(row))

    async def guess(
        self, note_id: UUID, limit: int, *, counts: bool, context: RequestContext
    ) -> float | None:
        """A guess takes its turn among those at the same note, and is counted if it `counts`.

        None when its answer may be told; else the seconds until the hour is over in which `limit` were.
        """
        async with self._turn(note_id), self._database.connection(context) as connection:
            if await connection.fetchval(_COUNT_GUESS if counts else _LOOK_AT_GUESSES, note_id, limit):
                return None
            wait: float = await connection.fetchval(_GUESSES_END, note_id) or 0.0
        return max(wait, 1.0)

    async def return_guess(self, note_id: UUID) -> None:
        """Not a wrong guess. Whatever became of its request: nobody asks again for it to be returned."""
        async with self._turn(note_id), self._database.connection() as connection:
            await connection.execute(
                "UPDATE notes SET guesses = guesses - 1 WHERE id = $1 AND guesses > 0", note_id
            )

    async def count_refusal(self, note_id: UUID, context: RequestContext) -> None:
        """Somebody came without what the note asks for."""
        await self._refusing.ask((note_id, context.traceparent), context)
        self._outbox.wake()

    async def delete(self, note_id: UUID, context: RequestContext) -> None:
        """Content goes now, whatever leases there are; the slug stays reserved. Repeatable."""
        async with self._database.connection(context) as connection:
            await connection.execute(_DELETE, note_id, context.traceparent)
        self._outbox.wake()

    @asynccontextmanager
    async def _turn(self, note_id: UUID) -> AsyncIterator[None]:
        turn = self._turns.setdefault(note_id, asyncio.Semaphore(GUESSES_AT_ONCE))
        async with turn:
            yield


# In the order of the slugs, as whoever takes views locks them.
_COUNT_REFUSALS = f"""
WITH refused AS MATERIALIZED (
    SELECT note.id, asked.number
    FROM notes AS note JOIN unnest($1::uuid[], $2::integer[]) AS asked (id, number) USING (id)
    ORDER BY note.slug
    FOR NO KEY UPDATE OF note
), counted AS (
    UPDATE notes AS note SET
        refused_attempts = note.refused_attempts + refused.number,
        refusal_told_at = CASE WHEN note.refusal_told_at > now() - interval '1 minute'
                               THEN note.refusal_told_at ELSE now() END
    FROM refused
    WHERE note.id = refused.id
    RETURNING note.*
)
{
    emitting(
        NoteRevealRefused,
        "counted JOIN unnest($1::uuid[], $3::text[]) AS cause (id, traceparent) USING (id)",
        "refusal_told_at = now()",
        traceparent="traceparent",
        refused_attempts="refused_attempts",
    )
}
"""
_DELETE = f"""
WITH deleted AS (
    UPDATE notes SET content = NULL, key_id = NULL, erased_at = coalesce(erased_at, now()),
        deleted_at = now(), version = version + 1
    WHERE id = $1 AND deleted_at IS NULL
    RETURNING *
)
{emitting(NoteDeleted, "deleted", traceparent="$2")}
"""
_ADD = f"""
WITH added AS (
    INSERT INTO notes (id, slug, content, key_id, expires_at, erase_at, author_id, keep, max_views,
        encryption, password_hash, link_proof_hash, password_proof_hash, manage_token_hash, notify)
    SELECT id, slug, content, key_id, expires_at, expires_at, author_id, keep, max_views,
        encryption, password_hash, link_proof_hash, password_proof_hash, manage_token_hash, notify
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::uuid[],
        $7::boolean[], $8::integer[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[],
        $14::boolean[])
        AS note (id, slug, content, key_id, expires_at, author_id, keep, max_views, encryption,
            password_hash, link_proof_hash, password_proof_hash, manage_token_hash, notify)
    ORDER BY slug
    ON CONFLICT (slug) DO NOTHING
    RETURNING id, author_id, manage_token_hash
), told AS ({
    emitting(
        NoteCreated,
        "added JOIN unnest($1::uuid[], $15::text[]) AS cause (id, traceparent) USING (id)",
        traceparent="traceparent",
    )
})
SELECT id FROM added
"""


async def add_all(connection: Connection, notes: Sequence[NewNote]) -> Sequence[bool]:
    """One statement. What does not come back was taken, also by a neighbour in the same batch."""
    rows = await connection.fetch(
        _ADD,
        [note.id for note in notes],
        [note.slug for note in notes],
        [note.content for note in notes],
        [note.key_id for note in notes],
        [note.expires_at for note in notes],
        [note.author_id for note in notes],
        [note.keep for note in notes],
        [note.max_views for note in notes],
        [note.encryption for note in notes],
        [note.protection.password_hash for note in notes],
        [note.protection.link_proof_hash for note in notes],
        [note.protection.password_proof_hash for note in notes],
        [note.manage_token_hash for note in notes],
        [note.notify for note in notes],
        [note.traceparent for note in notes],
    )
    added = {row["id"] for row in rows}
    return [note.id in added for note in notes]


async def _count_refusals(
    connection: Connection, refused: Sequence[tuple[UUID, str | None]]
) -> Sequence[None]:
    numbers = Counter(note_id for note_id, _ in refused)
    # Of several requests one stands for all, as their event does.
    causes = dict(refused)
    await connection.execute(
        _COUNT_REFUSALS, list(numbers), list(numbers.values()), [causes[note_id] for note_id in numbers]
    )
    return [None] * len(refused)
