"""Look at a note without reading it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import NoteRecord, readable


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...


class GetNoteMetadata:
    """Tells what waits behind a slug. Changes nothing."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.GetNoteMetadata, context: RequestContext) -> rpc.NoteMetadata:
        """Raises `note_not_found`, `note_already_read`, `note_expired`."""
        note = readable(await self._notes.find(request.slug, context), now=datetime.now(UTC))
        return rpc.NoteMetadata(
            created_at=note.created_at,
            expires_at=note.expires_at,
            has_password=note.protection.has_password,
            keep_before_expiration=note.keep,
            views_left=note.views_left,
            encryption=note.encryption,
        )
