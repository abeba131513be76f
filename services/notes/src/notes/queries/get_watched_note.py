"""What became of a note, for those who sent it and watch it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.crypto.secrets import secret_matches
from notes.domain.note import NoteRecord, managed
from notes.queries.watched import watched


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...


class GetWatchedNote:
    """For the author, or with the manage token; also of a note that was deleted."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.GetWatchedNote, context: RequestContext) -> rpc.WatchedNote:
        """Raises `note_not_found`, also for everybody who may not."""
        found = await self._notes.find(request.slug, context)
        note = managed(found, context.actor, lambda e: secret_matches(request.manage_token, e))
        return watched(note, datetime.now(UTC))
