"""What a stream says, as `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from contracts.messages import Event, Reply
from contracts.notes.events import NoteCreated, NoteDeleted, NoteExpired, NoteRevealed, NoteRevealRefused
from contracts.notes.rpc import LiveNote

CONTENT_TYPE = "text/event-stream"
# A comment: readers pass over it.
HEARTBEAT = b": heartbeat\n\n"
SNAPSHOT, END = "snapshot", "end"
NAMES: dict[type[Event], str] = {
    NoteCreated: "created",
    NoteRevealed: "revealed",
    NoteRevealRefused: "refused",
    NoteExpired: "expired",
    NoteDeleted: "deleted",
}


class NoteSnapshot(Reply):
    """The note as it is."""

    note: LiveNote


class NotesSnapshot(Reply):
    """The newest 100 of the author's notes, as they are; they take the place of what was told before."""

    notes: list[LiveNote]


class NoteChanged(Reply):
    """Something happened to the note at this time. The note as it is now, which may be later."""

    time: AwareDatetime
    note: LiveNote


class EndReason(StrEnum):
    """Why nothing more comes. After `token_expired` and `restarting` the client may ask anew."""

    OVER = "over"
    SESSION_ENDED = "session_ended"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    RESTARTING = "restarting"


class StreamEnded(Reply):
    """The last message of a stream."""

    reason: EndReason


def message(name: str, data: Reply, id: UUID | None = None) -> bytes:
    """One message. JSON of ours has no line feeds, so its data is one line."""
    head = f"event: {name}\n" if id is None else f"id: {id}\nevent: {name}\n"
    return f"{head}data: {data.model_dump_json(exclude_none=True)}\n\n".encode()
