"""Read a note, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import NoteTimes, expired, readable
from notes.storage.note_repository import RevealedRow


class Notes(Protocol):
    async def reveal(self, slug: str, context: RequestContext) -> RevealedRow | None: ...

    async def find(self, slug: str, context: RequestContext) -> NoteTimes | None: ...


class RevealNote:
    """Gives the content of a note to one caller at most."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def __call__(self, request: rpc.RevealNote, context: RequestContext) -> rpc.RevealedNote:
        """Raises `note_not_found`, `note_already_read`, `note_expired`."""
        row = await self._notes.reveal(request.slug, context)
        if row is None:
            readable(await self._notes.find(request.slug, context), now=datetime.now(UTC))
            # Over by the database's clock, which decides, and not yet by ours.
            raise expired()
        return rpc.RevealedNote(
            slug=request.slug,
            content=row.content.decode(),
            keep_before_expiration=False,
            has_password=False,
            created_at=row.created_at,
            expires_at=row.expires_at,
            read_at=row.read_at,
        )
