"""What happened to notes.

Only of notes that have an author or a manage token: of any other nobody could be told, so nothing is
recorded. A note is named by its id, never by its slug.
"""

from __future__ import annotations

from uuid import UUID

from contracts.messages import Event


class NoteEvent(Event):
    """Something that happened to a note. `author_id` is absent for a note with a manage token alone."""

    note_id: UUID
    author_id: UUID | None = None

    @property
    def entity_id(self) -> UUID:
        return self.note_id


class NoteCreated(NoteEvent, subject="events.notes.v1.note.created"):
    """It can be revealed from now on."""


class NoteRevealed(NoteEvent, subject="events.notes.v1.note.revealed"):
    """A view was taken; of a note that is kept, the first one alone is an event.

    `notify`: the author asked for a letter when it is opened.
    """

    views_taken: int
    max_views: int
    notify: bool = False


class NoteExpired(NoteEvent, subject="events.notes.v1.note.expired"):
    """Its time was over before its last view was taken."""


class NoteDeleted(NoteEvent, subject="events.notes.v1.note.deleted"):
    """Its author, the holder of its manage token, or an operator ended it."""


class NoteRevealRefused(NoteEvent, subject="events.notes.v1.note.reveal_refused"):
    """Somebody was refused for a wrong password or proof.

    At most one a minute for each note; `refused_attempts` counts all there were so far.
    """

    refused_attempts: int
