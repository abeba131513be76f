"""What an author does with notes: list them, and change one while no view was taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.notes.rpc import NoteFilter
from notes.domain.note import ListedNote, NoteRecord
from notes.storage.rows import COLUMN_NAMES, RECORD_COLUMNS, note_record

# More than a page of JSON can hold (4 MiB): what is beyond would be read for nothing.
READ_BYTES = 5 * 1024 * 1024
LAST_ID = UUID(int=2**128 - 1)

# Each has an index of its own: a page costs the same anywhere in a list of any length.
_WHICH = {
    NoteFilter.ALL: "true",
    NoteFilter.READ: "read_at IS NOT NULL",
    NoteFilter.UNREAD: "read_at IS NULL",
}


class AuthorRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does.

    Changes hold for the very version that was looked at, and only while no view was taken: each returns
    False when the note is another by now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_deleted(self, connection: Connection, author_id: UUID) -> None:
        """The account is gone: the sweeper ends the author's notes."""
        await connection.execute(
            "INSERT INTO deleted_authors (author_id) VALUES ($1) ON CONFLICT DO NOTHING", author_id
        )

    async def page(
        self, author_id: UUID, which: NoteFilter, *, limit: int, before: UUID | None, context: RequestContext
    ) -> list[ListedNote]:
        """The author's notes, newest first, older than the note `before`.

        Contents only as far as 5 MiB hold them, and the first; what comes after is `beyond`.
        """
        async with self._database.connection(context) as connection:
            rows = await connection.fetch(
                list_statement(which), author_id, before or LAST_ID, limit, READ_BYTES
            )
        return [_listed(row) for row in rows]

    async def export_page(
        self, author_id: UUID, *, limit: int, before: UUID | None, context: RequestContext
    ) -> list[ListedNote]:
        """Likewise, and with those that the author deleted."""
        async with self._database.connection(context) as connection:
            rows = await connection.fetch(EXPORT_STATEMENT, author_id, before or LAST_ID, limit, READ_BYTES)
        return [_listed(row) for row in rows]

    async def newest(self, author_id: UUID, limit: int, context: RequestContext) -> list[NoteRecord]:
        """The author's notes without contents, newest first; not those that the author deleted."""
        async with self._database.connection(context) as connection:
            rows = await connection.fetch(NEWEST_STATEMENT, author_id, LAST_ID, limit)
        return [note_record(dict(row)) for row in rows]

    async def among(self, author_id: UUID, ids: Sequence[UUID], context: RequestContext) -> list[NoteRecord]:
        """Likewise the author's notes among these, deleted ones too."""
        async with self._database.connection(context) as connection:
            rows = await connection.fetch(_AMONG, author_id, ids)
        return [note_record(dict(row)) for row in rows]

    async def count(self, author_id: UUID, context: RequestContext) -> int:
        """Deleted ones among them, as long as they are remembered."""
        async with self._database.connection(context) as connection:
            count: int = await connection.fetchval(COUNT_STATEMENT, author_id)
        return count

    async def change_expiry(
        self, note: NoteRecord, expires_at: datetime, *, keep: bool, context: RequestContext
    ) -> bool:
        return await self._change(
            note, context, "expires_at = $3, erase_at = $3, keep = $4", expires_at, keep
        )

    async def change_password(
        self, note: NoteRecord, password_hash: str | None, context: RequestContext
    ) -> bool:
        return await self._change(
            note, context, "password_hash = $3, guesses = 0, guesses_since = NULL", password_hash
        )

    async def change_content(
        self, note: NoteRecord, content: bytes, key_id: str, context: RequestContext
    ) -> bool:
        return await self._change(note, context, "content = $3, key_id = $4", content, key_id)

    async def _change(
        self, note: NoteRecord, context: RequestContext, assignments: str, *values: object
    ) -> bool:
        async with self._database.connection(context) as connection:
            changed = await connection.fetchval(
                f"""
                UPDATE notes SET {assignments}, version = version + 1
                WHERE id = $1 AND version = $2 AND content IS NOT NULL AND read_at IS NULL
                    AND views_taken = 0 AND expires_at > now()
                RETURNING true
                """,
                note.id,
                note.version,
                *values,
            )
        return changed is not None


def list_statement(which: NoteFilter) -> str:
    """The page's SQL: author, the id to start before, the number of rows, the bytes of content.

    The inner query walks an index and stops.
    """
    return _sized(_walk(f"deleted_at IS NULL AND {_WHICH[which]}"))


_WITH_CONTENT = """
    key_id, CASE WHEN read_at IS NULL AND encryption IS NULL AND link_proof_hash IS NULL
        AND expires_at > now() THEN content END AS content
"""


def _walk(where: str, columns: str = f"{RECORD_COLUMNS}, {_WITH_CONTENT}") -> str:
    """An author's notes by the index of this condition, newest first.

    "author_id = $1" would say the same, but then PostgreSQL may walk the primary key instead, past the
    newer notes of everybody else.
    """
    return f"""
        SELECT {columns}
        FROM notes
        WHERE author_id >= $1 AND (author_id, id) < ($1, $2) AND {where}
        ORDER BY author_id DESC, id DESC
        LIMIT $3
    """


def _sized(page: str) -> str:
    """A page's contents as far as they are read at once. The sizes are known without reading them."""
    return f"""
        SELECT {COLUMN_NAMES}, key_id, beyond, CASE WHEN NOT beyond THEN content END AS content FROM (
            SELECT *, sum(coalesce(octet_length(content), 0)) OVER (ORDER BY id DESC)
                - coalesce(octet_length(content), 0) > $4 AS beyond
            FROM ({page}) AS page
        ) AS sized
        ORDER BY id DESC
    """


NEWEST_STATEMENT = _walk("deleted_at IS NULL", RECORD_COLUMNS)
_AMONG = f"SELECT {RECORD_COLUMNS} FROM notes WHERE author_id = $1 AND id = ANY ($2) ORDER BY id DESC"
# Deleted notes have an index of their own: both are walked as far as a page needs.
EXPORT_STATEMENT = _sized(
    f"""
    ({_walk("deleted_at IS NULL")}) UNION ALL ({_walk("deleted_at IS NOT NULL")})
    ORDER BY id DESC LIMIT $3
    """
)
# Two indexes, and no row is read where the table was vacuumed.
COUNT_STATEMENT = """
SELECT (SELECT count(*) FROM notes WHERE author_id = $1 AND deleted_at IS NULL)
    + (SELECT count(*) FROM notes WHERE author_id = $1 AND deleted_at IS NOT NULL)
"""


def _listed(row: asyncpg.Record) -> ListedNote:
    values = dict(row)
    content, key_id, beyond = (values.pop(name) for name in ("content", "key_id", "beyond"))
    return ListedNote(note_record(values), content, key_id, beyond)
