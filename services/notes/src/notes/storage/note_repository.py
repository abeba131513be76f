"""The notes table. Each method is one statement."""

from __future__ import annotations

from chassis.postgres import Database
from contracts.context import RequestContext
from notes.domain.note import NewNote, NoteTimes, RevealedNote


class NoteRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, note: NewNote, context: RequestContext) -> bool:
        """Keep a note; False when its slug is taken, also by a note that is over."""
        async with self._database.connection(context) as connection:
            added = await connection.fetchval(
                """
                INSERT INTO notes (slug, content, expires_at, author_id)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT (slug) DO NOTHING
                RETURNING true
                """,
                note.slug,
                note.content,
                note.expires_at,
                note.author_id,
            )
        return added is not None

    async def reveal(self, slug: str, context: RequestContext) -> RevealedNote | None:
        """Take the content out of the table and give it to this caller; None when it is not there.

        Of any number of concurrent callers one gets it: the update locks the row, whoever waited
        for the lock finds the content gone, and `old.content` (PostgreSQL 18) is of the very version that
        this statement replaced.
        """
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(
                """
                UPDATE notes SET read_at = now(), content = NULL
                WHERE slug = $1 AND content IS NOT NULL AND expires_at > now()
                RETURNING old.content, new.created_at, new.expires_at, new.read_at
                """,
                slug,
            )
        return None if row is None else RevealedNote(*row)

    async def find(self, slug: str, context: RequestContext) -> NoteTimes | None:
        """The times of a note, alive or over; None when the slug was never used."""
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(
                "SELECT created_at, expires_at, read_at FROM notes WHERE slug = $1", slug
            )
        return None if row is None else NoteTimes(*row)
