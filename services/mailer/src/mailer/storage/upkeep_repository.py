"""What time does to jobs, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis.postgres import Database

SETTLED_KEPT = timedelta(days=30)
DEAD_KEPT = timedelta(days=90)
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Backlog:
    """Jobs that are not settled, the age of the oldest in seconds, and those that are dead."""

    due: int
    oldest: float
    dead: int


class UpkeepRepository:
    """Every method raises the `ServiceError` of `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def backlog(self) -> Backlog:
        """As it is now."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                """
                SELECT count(*) FILTER (WHERE state = 'due') AS due,
                    extract(epoch FROM now() - min(queued_at) FILTER (WHERE state = 'due')) AS oldest,
                    count(*) FILTER (WHERE state = 'dead') AS dead
                FROM jobs WHERE state IN ('due', 'dead')
                """
            )
        assert row is not None
        return Backlog(row["due"], float(row["oldest"] or 0), row["dead"])

    async def purge(self) -> int:
        """Forget one batch of what was settled 30 days ago, or died 90 days ago; how many."""
        async with self._database.connection() as connection:
            status = await connection.execute(
                """
                DELETE FROM jobs WHERE id IN (
                    SELECT id FROM jobs
                    WHERE state <> 'due' AND settled_at < now() - $2::interval
                        AND (state <> 'dead' OR settled_at < now() - $3::interval)
                    ORDER BY settled_at LIMIT $1 FOR UPDATE SKIP LOCKED
                )
                """,
                BATCH,
                SETTLED_KEPT,
                DEAD_KEPT,
            )
        return int(status.rpartition(" ")[2])
