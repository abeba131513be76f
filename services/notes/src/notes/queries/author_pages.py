"""Pages of an author's notes: where one begins, what of a note its author sees, and where it ends."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag

from chassis.logs import Logger
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.domain.note import ListedNote

PAGE_BYTES = 4 * 1024 * 1024

NoteT = TypeVar("NoteT", bound=rpc.ListedNote)


def author_of(context: RequestContext) -> UUID:
    """Raises `unauthenticated`."""
    if context.actor is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in to see your notes.")
    return context.actor.user_id


def before(after: str | None) -> UUID | None:
    """The note whose place an `after` is."""
    return None if after is None else UUID(bytes=base64.urlsafe_b64decode(after + "=="))


def page(
    rows: Sequence[ListedNote], limit: int, show: Callable[[ListedNote], NoteT]
) -> tuple[list[NoteT], str | None]:
    """As many notes as `limit` and 4 MiB of JSON allow, one at least, and where the next page begins.

    `rows` has one more than `limit` if there are more.
    """
    notes: list[NoteT] = []
    size = 0
    for row in rows[:limit]:
        note = show(row)
        size += len(note.model_dump_json().encode())
        if notes and (row.beyond or size > PAGE_BYTES):
            break
        notes.append(note)
    more = len(rows) > len(notes)
    return notes, _after(rows[len(notes) - 1].note.id) if more else None


class OpenedContents:
    """A content that does not open is shown as empty: it hides neither its note nor the others."""

    def __init__(self, ring: KeyRing, log: Logger) -> None:
        self._ring = ring
        self._log = log

    def of(self, row: ListedNote) -> str:
        if row.content is None or row.key_id is None:
            return ""
        try:
            return self._ring.open(row.note.id, row.key_id, row.content).decode()
        except (KeyError, InvalidTag) as error:
            self._log.warning("a content in a list does not open", kind=type(error).__name__)
            return ""


def _after(note_id: UUID) -> str:
    return base64.urlsafe_b64encode(note_id.bytes).rstrip(b"=").decode()
