"""Requests to notes, and what it replies.

Times on the wire are RFC 3339 in UTC with `Z`. Clients of the Go Onasty send `null`, `""` and the zero
time of Go for a value that is absent; all three are read as absent.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from contracts.messages import Reply, Request

SLUG_MIN_LENGTH = 3
SLUG_MAX_LENGTH = 255
# Paths of their own below /note, so never slugs.
RESERVED_SLUGS = frozenset({"read", "unread"})
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ABSENT = ("", "0001-01-01T00:00:00Z")


def _absent_as_none(value: object) -> object:
    return None if isinstance(value, str) and value in _ABSENT else value


def _rfc_3339(value: object) -> object:
    # Pydantic would also take seconds as a number or in a string, and shorter forms.
    if (
        value is None
        or isinstance(value, datetime)
        or (isinstance(value, str) and _RFC_3339.fullmatch(value))
    ):
        return value
    raise ValueError("a time is RFC 3339, such as 2026-01-31T12:00:00Z")


def _not_reserved(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError(f"the slug '{slug}' is reserved")
    return slug


Slug = Annotated[
    str,
    StringConstraints(min_length=SLUG_MIN_LENGTH, max_length=SLUG_MAX_LENGTH, pattern=r"^[a-zA-Z0-9_-]+$"),
    AfterValidator(_not_reserved),
]
OptionalSlug = Annotated[Slug | None, BeforeValidator(_absent_as_none)]
OptionalTime = Annotated[AwareDatetime | None, BeforeValidator(_rfc_3339), BeforeValidator(_absent_as_none)]
Content = Annotated[str, Field(min_length=1)]


class NoteCreated(Reply):
    """The note is committed and can be revealed under this slug."""

    slug: str


class CreateNote(Request[NoteCreated], subject="notes.v1.create_note"):
    """Keep a note until it is read once or its time is over.

    Refused with `invalid_request` (a field is wrong, `expires_at` is past or beyond the longest
    lifetime), `content_too_large` or `slug_taken`. Without a slug the note gets one of 128 random bits.
    """

    content: Content
    slug: OptionalSlug = None
    expires_at: OptionalTime = None


class RevealedNote(Reply):
    """The note, given to this caller and to nobody else; its content has left the database."""

    slug: str
    content: str
    keep_before_expiration: bool
    has_password: bool
    created_at: AwareDatetime
    expires_at: AwareDatetime
    read_at: AwareDatetime


class RevealNote(Request[RevealedNote], subject="notes.v1.reveal_note"):
    """Read a note and end it, in one step: of any number of callers at most one gets the content.

    Refused with `note_not_found`, `note_already_read` (fields `read_at`, `created_at`) or
    `note_expired`. A caller that times out does not know whether it was the one; do not repeat.
    """

    slug: Slug


class NoteMetadata(Reply):
    """What may be known of an unread note without reading it."""

    created_at: AwareDatetime
    expires_at: AwareDatetime
    has_password: bool
    keep_before_expiration: bool
    views_left: int


class GetNoteMetadata(Request[NoteMetadata], subject="notes.v1.note_metadata"):
    """Look at a note without reading it. Refused as `RevealNote` is."""

    slug: Slug
