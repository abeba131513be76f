"""One view of a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ViewAsked:
    """A view of a note, in the version against which the reader was checked, or of an open note.

    `claim` is hashed; `traceparent` is for the event that tells of it.
    """

    slug: str
    note_id: UUID | None
    version: int | None
    claim: bytes | None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class ViewGiven:
    """The note for one reader; `content` is sealed. `lease_ends_at` only with a claim."""

    id: UUID
    content: bytes
    key_id: str
    keep: bool
    has_password: bool
    encryption: str | None
    created_at: datetime
    expires_at: datetime
    read_at: datetime
    lease_ends_at: datetime | None
    is_told_of: bool
