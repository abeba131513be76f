"""What time does to notes: erasing, purging, sealing anew. In batches, and safe with many at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chassis.postgres import Database
from contracts.notes.events import NoteDeleted, NoteExpired
from notes.domain.note import SealedContent
from notes.storage.events import emitting

# Rows are locked while a batch erases: ten notes of 720 KiB take 30 to 60 ms, fifty take 150 to 220.
BATCH = 10
# What has no content goes quicker.
PURGE_BATCH = 1000


class UpkeepRepository:
    """Each method does one batch and tells how much; repeat until it is nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase_due(self) -> int:
        """Erase what has expired, and what was read to its end and is leased no more."""
        return await self._count(_ERASE_DUE, BATCH)

    async def erase_of_deleted_authors(self) -> int:
        """End notes of authors whose account is gone, and take their name off."""
        return await self._count(ERASE_OF_DELETED_AUTHORS, BATCH)

    async def forget_authors_of_tombstones(self) -> int:
        """Take the name of authors whose account is gone off what they deleted before."""
        return await self._batch(FORGET_AUTHORS_OF_TOMBSTONES, PURGE_BATCH)

    async def forget_creates_of_deleted_authors(self) -> int:
        """Forget creates that authors whose account is gone might have repeated."""
        return await self._batch(FORGET_CREATES_OF_DELETED_AUTHORS, PURGE_BATCH)

    async def forget_deleted_authors(self, age: timedelta) -> int:
        """Nobody can make a note in their name any more."""
        return await self._batch(
            """
            DELETE FROM deleted_authors WHERE author_id IN (
                SELECT author_id FROM deleted_authors WHERE deleted_at < now() - $2::interval
                LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            """,
            PURGE_BATCH,
            age,
        )

    async def erase_made_before(self, time: datetime, after: UUID) -> list[UUID]:
        """Erase what was made before `time` and is there, after the note `after`, in the order of ids.

        Gives what was erased. A row that somebody holds is waited for: nothing is left out.
        """
        async with self._database.connection() as connection:
            rows = await connection.fetch(_ERASE_MADE_BEFORE, time, after, BATCH)
        return sorted(row["id"] for row in rows)

    async def forget_keys_made_before(self, time: datetime) -> int:
        """Forget creates of before `time`: a repetition would promise a note that is gone."""
        return await self._batch("DELETE FROM idempotency_keys WHERE created_at < $1", time)

    async def purge_tombstones(self, age: timedelta) -> int:
        """Forget notes that were erased so long ago; their slugs are free again."""
        return await self._batch(
            """
            DELETE FROM notes WHERE id IN (
                SELECT id FROM notes WHERE content IS NULL AND erased_at < now() - $2::interval
                ORDER BY erased_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            """,
            PURGE_BATCH,
            age,
        )

    async def purge_idempotency_keys(self, age: timedelta) -> int:
        """Forget creates that may not be repeated any more."""
        return await self._batch(
            """
            DELETE FROM idempotency_keys WHERE (scope, key_hash) IN (
                SELECT scope, key_hash FROM idempotency_keys WHERE created_at < now() - $2::interval
                ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            """,
            PURGE_BATCH,
            age,
        )

    async def sealed_under_another(self, key_id: str, after: UUID) -> list[SealedContent]:
        """Contents that another key seals, from the note after `after` on, in the order of their ids."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                """
                SELECT id, key_id, content FROM notes
                WHERE content IS NOT NULL AND key_id <> $1 AND id > $2 ORDER BY id LIMIT $3
                """,
                key_id,
                after,
                BATCH,
            )
        return [SealedContent(*row) for row in rows]

    async def replace_sealed(self, old: SealedContent, content: bytes, key_id: str) -> bool:
        """Put the same content under another key; False when it was read, erased or changed meanwhile.

        What is compared is the sealed content itself, so nothing that is gone comes back.
        """
        async with self._database.connection() as connection:
            done = await connection.fetchval(
                """
                UPDATE notes SET content = $4, key_id = $3
                WHERE id = $1 AND content = $2 RETURNING true
                """,
                old.id,
                old.content,
                key_id,
                content,
            )
        return done is not None

    async def estimates(self) -> dict[str, int]:
        """Notes that are there, and that are over, as of the last vacuum or analysis: nothing is counted."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                """
                SELECT relname, greatest(reltuples, 0)::bigint AS number FROM pg_class
                WHERE oid = ANY (ARRAY['notes_to_erase', 'notes_to_purge']::regclass[])
                """
            )
        numbers = {row["relname"]: row["number"] for row in rows}
        return {"there": numbers["notes_to_erase"], "over": numbers["notes_to_purge"]}

    async def _count(self, sql: str, *values: object) -> int:
        async with self._database.connection() as connection:
            count: int = await connection.fetchval(sql, *values)
        return count

    async def _batch(self, sql: str, *values: object) -> int:
        async with self._database.connection() as connection:
            status = await connection.execute(sql, *values)
        return int(status.rpartition(" ")[2])


# A note that was read to its end has been told of.
_ERASE_DUE = f"""
WITH due AS (
    SELECT id FROM notes WHERE content IS NOT NULL AND erase_at <= now()
    ORDER BY erase_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
), erased AS (
    UPDATE notes SET content = NULL, key_id = NULL, erased_at = now()
    FROM due WHERE notes.id = due.id
    RETURNING notes.id, author_id, manage_token_hash, views_taken < max_views AS expired
), told AS ({emitting(NoteExpired, "erased", "expired")})
SELECT count(*) FROM erased
"""

# Of deleted authors there are few, of the rest there is much: the LIMIT inside has each looked up by index,
# and the array what was found changed by key. A join may walk all notes there are, in each sweep of a day.
ERASE_OF_DELETED_AUTHORS = f"""
WITH erased AS (
    UPDATE notes SET content = NULL, key_id = NULL, erased_at = coalesce(erased_at, now()),
        deleted_at = now(), version = version + 1, author_id = NULL
    WHERE id = ANY (ARRAY(
        SELECT its.id FROM deleted_authors CROSS JOIN LATERAL (
            SELECT id FROM notes WHERE author_id = deleted_authors.author_id AND deleted_at IS NULL
            LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
        ) AS its LIMIT $1
    ))
    RETURNING id, old.author_id, manage_token_hash
), told AS ({emitting(NoteDeleted, "erased")})
SELECT count(*) FROM erased
"""

FORGET_AUTHORS_OF_TOMBSTONES = """
UPDATE notes SET author_id = NULL WHERE id = ANY (ARRAY(
    SELECT its.id FROM deleted_authors CROSS JOIN LATERAL (
        SELECT id FROM notes WHERE author_id = deleted_authors.author_id AND deleted_at IS NOT NULL
        LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
    ) AS its LIMIT $1
))
"""

# By place, since the key is of two columns: rows that are locked stay where they are.
FORGET_CREATES_OF_DELETED_AUTHORS = """
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT its.ctid FROM deleted_authors CROSS JOIN LATERAL (
        SELECT ctid FROM idempotency_keys WHERE scope = 'user:' || deleted_authors.author_id
        LIMIT $1 FOR UPDATE SKIP LOCKED
    ) AS its LIMIT $1
))
"""

_ERASE_MADE_BEFORE = f"""
WITH due AS (
    SELECT id FROM notes WHERE content IS NOT NULL AND created_at < $1 AND id > $2
    ORDER BY id LIMIT $3 FOR NO KEY UPDATE
), erased AS (
    UPDATE notes SET content = NULL, key_id = NULL, erased_at = now(), version = version + 1,
        expires_at = least(expires_at, now())
    FROM due WHERE notes.id = due.id
    RETURNING notes.id, author_id, manage_token_hash
), told AS ({emitting(NoteDeleted, "erased")})
SELECT id FROM erased
"""
