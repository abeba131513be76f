"""End a note at its author's wish."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.crypto.secrets import secret_matches
from notes.domain.note import NoteRecord, managed


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...

    async def delete(self, note_id: UUID, context: RequestContext) -> None: ...


class DeleteNote:
    """After it the content is gone, whatever leases there were. Repeatable."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.DeleteNote, context: RequestContext) -> rpc.Done:
        """Raises `note_not_found`, also for everybody who may not."""
        note = managed(
            await self._notes.find(request.slug, context),
            context.actor,
            lambda expected: secret_matches(request.manage_token, expected),
        )
        await self._notes.delete(note.id, context)
        return rpc.Done()
