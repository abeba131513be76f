"""What time does to notes: erasing, purging, sealing anew. In batches, and safe with many at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chassis.postgres import Database
from notes.domain.note import SealedContent

# Rows are locked while a batch erases: ten notes of 720 KiB take 30 to 60 ms, fifty take 150 to 220.
BATCH = 10


class UpkeepRepository:
    """Each method does one batch and tells how much; repeat until it is nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase_due(self) -> int:
        """Erase what has expired, and what was read to its end and is leased no more."""
        return await self._batch(
            """
            WITH due AS (
                SELECT id FROM notes WHERE content IS NOT NULL AND erase_at <= now()
                ORDER BY erase_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE notes SET content = NULL, key_id = NULL, erased_at = now()
            FROM due WHERE notes.id = due.id
            """,
            BATCH,
        )

    async def erase_made_before(self, time: datetime, after: UUID) -> list[UUID]:
        """Erase what was made before `time` and is there, after the note `after`, in the order of ids.

        Gives what was erased. A row that somebody holds is waited for: nothing is left out.
        """
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                """
                WITH due AS (
                    SELECT id FROM notes WHERE content IS NOT NULL AND created_at < $1 AND id > $2
                    ORDER BY id LIMIT $3 FOR NO KEY UPDATE
                )
                UPDATE notes SET content = NULL, key_id = NULL, erased_at = now(), version = version + 1,
                    expires_at = least(expires_at, now())
                FROM due WHERE notes.id = due.id
                RETURNING notes.id
                """,
                time,
                after,
                BATCH,
            )
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
            BATCH,
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
            BATCH,
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

    async def _batch(self, sql: str, *values: object) -> int:
        async with self._database.connection() as connection:
            status = await connection.execute(sql, *values)
        return int(status.rpartition(" ")[2])
