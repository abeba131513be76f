"""Jobs: recorded with the event, leased to one process, settled under its lease."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from chassis.postgres import Connection, Database
from mailer.domain.letter import Job, Letter, Outcome, Result

KEPT_BY_AUTH = timedelta(hours=24)
# While auth hangs each of them takes a second of its own.
UNTOLD_BATCH = 20


class JobRepository:
    """Jobs as one process sees them: what it leases is its own until the lease ends.

    Every method raises the `ServiceError` of `Database`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lease = uuid4()

    async def record(
        self,
        connection: Connection,
        event_id: UUID,
        letter: Letter,
        *,
        user_id: UUID,
        requested_at: datetime,
        note_id: UUID | None = None,
        traceparent: str | None = None,
    ) -> None:
        """Record a job with the caller's transaction. An event that has one already keeps it."""
        await connection.execute(
            """
            INSERT INTO jobs (id, letter, user_id, note_id, requested_at, traceparent)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            event_id,
            letter,
            user_id,
            note_id,
            requested_at,
            traceparent,
        )

    async def lease(self, count: int, lease: timedelta, *, but: Iterable[UUID] = ()) -> list[Job]:
        """Take up to `count` that are due, the longest due first, for so long; never one of `but`."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                """
                WITH due AS (
                    SELECT id FROM jobs
                    WHERE state = 'due' AND due_at <= now() AND id <> ALL ($4) AND letter = ANY ($5)
                    ORDER BY due_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
                )
                UPDATE jobs SET lease = $2, due_at = now() + $3::interval
                FROM due WHERE jobs.id = due.id
                RETURNING jobs.id, letter, user_id, requested_at, attempts, now() - queued_at AS waiting,
                    traceparent
                """,
                count,
                self._lease,
                lease,
                list(but),
                # A newer version's letters wait for its replicas.
                list(Letter),
            )
        return [
            Job(
                id=row["id"],
                letter=Letter(row["letter"]),
                user_id=row["user_id"],
                requested_at=row["requested_at"],
                attempts=row["attempts"],
                waiting=row["waiting"],
                traceparent=row["traceparent"],
            )
            for row in rows
        ]

    async def settle(self, job: Job, result: Result) -> bool:
        """It is over. False when this process has the job no more; then nothing is changed.

        The lease stays with the row, so that a repetition is told true: the first may have been committed and
        its answer lost.
        """
        return await self._under_lease(
            """
            UPDATE jobs SET state = $3, reason = $4, attempts = $5, settled_at = coalesce(settled_at, now()),
                untold = $6
            WHERE id = $1 AND lease = $2 AND state IN ('due', $3) RETURNING true
            """,
            job,
            result.outcome,
            result.reason,
            job.attempts + 1,
            job.letter.is_known_to_auth,
        )

    async def untold(self) -> list[tuple[UUID, Outcome]]:
        """Some whose end auth has not heard of, the latest first; after a day it forgot them itself."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                """
                SELECT id, state FROM jobs WHERE untold AND settled_at > now() - $1::interval
                ORDER BY settled_at DESC LIMIT $2
                """,
                KEPT_BY_AUTH,
                UNTOLD_BATCH,
            )
        return [(row["id"], Outcome(row["state"])) for row in rows]

    async def told(self, event_id: UUID, outcome: Outcome) -> None:
        """Auth knows that it ended so. One that was replayed and ended in another way is not told of yet."""
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE jobs SET untold = false WHERE id = $1 AND state = $2", event_id, outcome
            )

    async def postpone(self, job: Job, result: Result, delay: timedelta) -> bool:
        """Once more after `delay`. False as in `settle`, and for a repetition: there is nobody to tell."""
        assert result.outcome is Outcome.LATER
        return await self._under_lease(
            """
            UPDATE jobs SET due_at = now() + $3::interval, reason = $4, attempts = attempts + 1, lease = NULL
            WHERE id = $1 AND lease = $2 RETURNING true
            """,
            job,
            delay,
            result.reason,
        )

    async def release(self, *, but: Iterable[UUID] = ()) -> None:
        """Give back, due at once, what this process has leased, except `but`."""
        async with self._database.connection() as connection:
            await connection.execute(
                """
                UPDATE jobs SET lease = NULL, due_at = now()
                WHERE lease = $1 AND state = 'due' AND id <> ALL ($2)
                """,
                self._lease,
                list(but),
            )

    async def _under_lease(self, sql: str, job: Job, *values: object) -> bool:
        async with self._database.connection() as connection:
            return bool(await connection.fetchval(sql, job.id, self._lease, *values))
