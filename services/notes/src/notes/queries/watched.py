"""A note as whoever watches it sees it."""

from __future__ import annotations

from datetime import datetime

from contracts.notes import rpc
from notes.domain.note import NoteRecord, is_over
from notes.queries.get_note_status import status_of


def watched(note: NoteRecord, now: datetime) -> rpc.WatchedNote:
    """Its state at `now`, without its content."""
    return rpc.WatchedNote(
        id=note.id,
        over=is_over(note, now=now),
        note=rpc.LiveNote(**dict(status_of(note, now)), deleted_at=note.deleted_at),
    )
