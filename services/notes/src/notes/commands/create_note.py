"""Keep a note until it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.domain.note import Limits, NewNote


class Notes(Protocol):
    async def add(self, note: NewNote, context: RequestContext) -> bool: ...


class CreateNote:
    """When it returns, the note is committed. A caller that times out may not repeat it blindly."""

    def __init__(self, notes: Notes, limits: Limits) -> None:
        self._notes = notes
        self._limits = limits

    async def __call__(self, request: rpc.CreateNote, context: RequestContext) -> rpc.NoteCreated:
        """Raises `content_too_large`, `invalid_request`, `slug_taken`."""
        note = NewNote.make(
            request.content,
            slug=request.slug,
            expires_at=request.expires_at,
            author_id=context.actor.user_id if context.actor else None,
            now=datetime.now(UTC),
            limits=self._limits,
        )
        if not await self._notes.add(note, context):
            raise ServiceError(ErrorCode.SLUG_TAKEN, "slug is already in use")
        return rpc.NoteCreated(slug=note.slug)
