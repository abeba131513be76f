"""What became of an author's notes, for the author who watches them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import NoteRecord
from notes.queries.author_pages import author_of
from notes.queries.watched import watched


class Notes(Protocol):
    async def newest(self, author_id: UUID, limit: int, context: RequestContext) -> list[NoteRecord]: ...

    async def among(
        self, author_id: UUID, ids: Sequence[UUID], context: RequestContext
    ) -> list[NoteRecord]: ...


class ListWatchedNotes:
    """The newest ones, or those of certain ids, deleted ones among them."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.ListWatchedNotes, context: RequestContext) -> rpc.WatchedNotes:
        """Raises `unauthenticated`."""
        author = author_of(context)
        if request.ids is None:
            notes = await self._notes.newest(author, rpc.PAGE_MAX, context)
        else:
            notes = await self._notes.among(author, request.ids, context)
        now = datetime.now(UTC)
        return rpc.WatchedNotes(notes=[watched(note, now) for note in notes])
