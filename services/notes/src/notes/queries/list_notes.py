"""An author's own notes, page by page."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.domain.note import ListedNote
from notes.queries.author_pages import OpenedContents, author_of, before, page


class Notes(Protocol):
    async def page(
        self,
        author_id: UUID,
        which: rpc.NoteFilter,
        *,
        limit: int,
        before: UUID | None,
        context: RequestContext,
    ) -> list[ListedNote]: ...


class ListNotes:
    """Newest first. A page has `limit` notes at most, and ends early at 4 MiB of JSON, after one at least."""

    def __init__(self, notes: Notes, contents: OpenedContents) -> None:
        self._notes = notes
        self._contents = contents

    async def __call__(self, request: rpc.ListNotes, context: RequestContext) -> rpc.NotePage:
        """Raises `unauthenticated`, or `invalid_request` for an `after` that no page gave."""
        # One more than asked for tells whether there is a next page.
        rows = await self._notes.page(
            author_of(context),
            request.filter,
            limit=request.limit + 1,
            before=before(request.after),
            context=context,
        )
        notes, following = page(rows, request.limit, self._listed)
        return rpc.NotePage(notes=notes, next=following)

    def _listed(self, row: ListedNote) -> rpc.ListedNote:
        note = row.note
        return rpc.ListedNote(
            slug=note.slug,
            content=self._contents.of(row),
            keep_before_expiration=note.keep,
            has_password=note.protection.has_password,
            created_at=note.created_at,
            expires_at=note.expires_at,
            read_at=note.read_at,
        )
