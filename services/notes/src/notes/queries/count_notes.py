"""How many notes an author has made."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.queries.author_pages import author_of


class Notes(Protocol):
    async def count(self, author_id: UUID, context: RequestContext) -> int: ...


class CountNotes:
    """Those that are still remembered: over ones and deleted ones for 30 days more."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, _request: rpc.CountNotes, context: RequestContext) -> rpc.NoteCount:
        """Raises `unauthenticated`."""
        return rpc.NoteCount(created=await self._notes.count(author_of(context), context))
