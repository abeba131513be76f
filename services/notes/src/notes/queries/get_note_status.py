"""What became of a note, for those who sent it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.crypto.secrets import secret_matches
from notes.domain.note import NoteRecord, known, managed


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...


class GetNoteStatus:
    """For the author, or with the manage token."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.GetNoteStatus, context: RequestContext) -> rpc.NoteStatus:
        """Raises `note_not_found`, also for everybody who may not."""
        found = await self._notes.find(request.slug, context)
        note = known(managed(found, context.actor, lambda e: secret_matches(request.manage_token, e)))
        return status_of(note, datetime.now(UTC))


def status_of(note: NoteRecord, now: datetime) -> rpc.NoteStatus:
    """What its author may know of it."""
    return rpc.NoteStatus(
        slug=note.slug,
        state=state_of(note, now),
        created_at=note.created_at,
        expires_at=note.expires_at,
        read_at=note.read_at,
        keep_before_expiration=note.keep,
        has_password=note.protection.has_password,
        max_views=note.max_views,
        views_taken=note.views_taken,
        refused_attempts=note.refused_attempts,
    )


def state_of(note: NoteRecord, now: datetime) -> rpc.NoteState:
    """Where it is in its life."""
    if note.read_at is not None:
        return rpc.NoteState.REVEALED
    if note.erased or note.expires_at <= now:
        return rpc.NoteState.EXPIRED
    return rpc.NoteState.UNREAD
