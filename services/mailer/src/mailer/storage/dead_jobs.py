"""Jobs that were given up, for an operator: on a connection of its own, without the service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

CONNECT_TIMEOUT = 10
STATEMENT_TIMEOUT = 600

# What a command says in one line instead of a trace.
ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A letter that nobody will get unless it is replayed."""

    id: UUID
    letter: str
    reason: str | None
    attempts: int
    settled_at: datetime


class DeadJobs:
    """Every method raises one of `ERRORS`."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection

    async def list(self) -> list[DeadJob]:
        """All of them, those that died first first."""
        rows = await self._connection.fetch(
            """
            SELECT id, letter, reason, attempts, settled_at FROM jobs
            WHERE state = 'dead' ORDER BY settled_at
            """
        )
        return [DeadJob(*row) for row in rows]

    async def replay(self, ids: Iterable[UUID] | None) -> int:
        """Make these, or all with None, due at once and as patient as a new one; how many were dead."""
        rows = await self._connection.fetch(
            """
            UPDATE jobs SET state = 'due', due_at = now(), queued_at = now(), attempts = 0, reason = NULL,
                settled_at = NULL, lease = NULL
            WHERE state = 'dead' AND ($1::uuid[] IS NULL OR id = ANY ($1)) RETURNING id
            """,
            None if ids is None else list(ids),
        )
        return len(rows)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[DeadJobs]:
    """On this database, as the mailer's role. Raises one of `ERRORS`."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT, command_timeout=STATEMENT_TIMEOUT)
    try:
        yield DeadJobs(connection)
    finally:
        await connection.close()
