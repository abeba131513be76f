"""An author's own notes, page by page."""

from __future__ import annotations

import base64
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag

from chassis.logs import Logger
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.domain.note import ListedNote


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


PAGE_BYTES = 4 * 1024 * 1024


class ListNotes:
    """Newest first. A page has `limit` notes at most, and ends early at 4 MiB of JSON, after one at least.

    A content that does not open is shown as empty: it hides neither its note nor the others.
    """

    def __init__(self, notes: Notes, ring: KeyRing, log: Logger) -> None:
        self._notes = notes
        self._ring = ring
        self._log = log

    async def __call__(self, request: rpc.ListNotes, context: RequestContext) -> rpc.NotePage:
        """Raises `unauthenticated`, or `invalid_request` for an `after` that no page gave."""
        if context.actor is None:
            raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in to see your notes.")
        before = None if request.after is None else _decoded(request.after)
        # One more than asked for tells whether there is a next page.
        rows = await self._notes.page(
            context.actor.user_id, request.filter, limit=request.limit + 1, before=before, context=context
        )
        notes: list[rpc.ListedNote] = []
        size = 0
        for row in rows[: request.limit]:
            note = self._listed(row)
            size += len(note.model_dump_json().encode())
            if notes and (row.beyond or size > PAGE_BYTES):
                break
            notes.append(note)
        more = len(rows) > len(notes)
        return rpc.NotePage(notes=notes, next=_encoded(rows[len(notes) - 1].note.id) if more else None)

    def _listed(self, row: ListedNote) -> rpc.ListedNote:
        note = row.note
        return rpc.ListedNote(
            slug=note.slug,
            content=self._opened(row),
            keep_before_expiration=note.keep,
            has_password=note.protection.has_password,
            created_at=note.created_at,
            expires_at=note.expires_at,
            read_at=note.read_at,
        )

    def _opened(self, row: ListedNote) -> str:
        if row.content is None or row.key_id is None:
            return ""
        try:
            return self._ring.open(row.note.id, row.key_id, row.content).decode()
        except (KeyError, InvalidTag) as error:
            self._log.warning("a content in a list does not open", kind=type(error).__name__)
            return ""


def _encoded(note_id: UUID) -> str:
    return base64.urlsafe_b64encode(note_id.bytes).rstrip(b"=").decode()


def _decoded(after: str) -> UUID:
    return UUID(bytes=base64.urlsafe_b64decode(after + "=="))
