"""Everything that is held about an author's notes, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import ListedNote
from notes.queries.author_pages import OpenedContents, author_of, before, page
from notes.queries.get_note_status import state_of


class Notes(Protocol):
    async def export_page(
        self, author_id: UUID, *, limit: int, before: UUID | None, context: RequestContext
    ) -> list[ListedNote]: ...


class ExportNotes:
    """Newest first, deleted ones among them while they are remembered. Pages are as large as a list's."""

    def __init__(self, notes: Notes, contents: OpenedContents) -> None:
        self._notes = notes
        self._contents = contents

    async def __call__(self, request: rpc.ExportNotes, context: RequestContext) -> rpc.ExportPage:
        """Raises `unauthenticated`, or `invalid_request` for an `after` that no page gave."""
        rows = await self._notes.export_page(
            author_of(context), limit=rpc.PAGE_MAX + 1, before=before(request.after), context=context
        )
        now = datetime.now(UTC)
        notes, following = page(rows, rpc.PAGE_MAX, lambda row: self._exported(row, now))
        return rpc.ExportPage(notes=notes, next=following)

    def _exported(self, row: ListedNote, now: datetime) -> rpc.ExportedNote:
        note = row.note
        return rpc.ExportedNote(
            slug=note.slug,
            content=self._contents.of(row),
            keep_before_expiration=note.keep,
            has_password=note.protection.has_password,
            created_at=note.created_at,
            expires_at=note.expires_at,
            read_at=note.read_at,
            state=state_of(note, now),
            max_views=note.max_views,
            views_taken=note.views_taken,
            refused_attempts=note.refused_attempts,
            encryption=note.encryption,
            deleted_at=note.deleted_at,
        )
