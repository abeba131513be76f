"""Read a note, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import NoteTimes, RevealedNote, expired, readable


class Notes(Protocol):
    async def reveal(self, slug: str, context: RequestContext) -> RevealedNote | None: ...

    async def find(self, slug: str, context: RequestContext) -> NoteTimes | None: ...


class RevealNote:
    """Gives the content of a note to one caller at most."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.RevealNote, context: RequestContext) -> rpc.RevealedNote:
        """Raises `note_not_found`, `note_already_read`, `note_expired`."""
        note = await self._notes.reveal(request.slug, context)
        if note is None:
            readable(await self._notes.find(request.slug, context), now=datetime.now(UTC))
            # It can be read, so it was made in between; or it is over by the database's clock alone.
            note = await self._notes.reveal(request.slug, context)
        if note is None:
            raise expired()
        return rpc.RevealedNote(
            slug=request.slug,
            content=note.content.decode(),
            keep_before_expiration=False,
            has_password=False,
            created_at=note.created_at,
            expires_at=note.expires_at,
            read_at=note.read_at,
        )
