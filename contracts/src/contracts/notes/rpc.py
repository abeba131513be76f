"""Requests to notes, and what it replies."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, StringConstraints, model_validator

from contracts.messages import Reply, Request
from contracts.notes.fields import (
    Claim,
    Content,
    Encryption,
    ManageToken,
    OptionalFlag,
    OptionalPassword,
    OptionalSlug,
    OptionalTime,
    Proof,
    Slug,
)

MAX_VIEWS = 100
PAGE_MAX = 100


class NoteCreatedReply(Reply):
    """The note is committed and can be revealed under this slug."""

    slug: str


class CreateNote(Request[NoteCreatedReply], subject="notes.v1.create_note"):
    """Keep a note until its last view is taken or its time is over.

    Refused with `invalid_request` (a field or a combination is wrong, `expires_at` is past or beyond the
    longest lifetime), `content_too_large` or `slug_taken`. Without a slug the note gets one of 128 random
    bits. With an idempotency key (a header) a repetition within 24 hours returns the same slug; another
    request under the same key is refused with `idempotency_key_reused`, as is a repetition that cannot be
    told from another request any more because the operator withdrew the key that it was remembered under.
    """

    content: Content
    slug: OptionalSlug = None
    password: OptionalPassword = None
    keep_before_expiration: OptionalFlag = False
    expires_at: OptionalTime = None
    max_views: Annotated[int, Field(ge=1, le=MAX_VIEWS, strict=True)] | None = None
    encryption: Encryption | None = None
    link_proof: Proof | None = None
    password_proof: Proof | None = None
    manage_token: ManageToken | None = None
    notify: OptionalFlag = False

    @model_validator(mode="after")
    def _combinations(self) -> Self:
        if self.keep_before_expiration and self.expires_at is None:
            raise ValueError("keep_before_expiration needs expires_at")
        if self.keep_before_expiration and self.max_views is not None:
            raise ValueError("keep_before_expiration and max_views exclude each other")
        if self.password_proof is not None and self.link_proof is None:
            raise ValueError("password_proof needs link_proof")
        if self.password is not None and self.link_proof is not None:
            raise ValueError("password and link_proof exclude each other: with proofs, use password_proof")
        return self


class RevealedNote(Reply):
    """One view of a note. Without `lease_ends_at` it was given once and cannot be asked for again."""

    slug: str
    content: str
    keep_before_expiration: bool
    has_password: bool
    created_at: AwareDatetime
    expires_at: AwareDatetime
    read_at: AwareDatetime
    encryption: str | None = None
    lease_ends_at: AwareDatetime | None = None


class RevealNote(Request[RevealedNote], subject="notes.v1.reveal_note"):
    """Take one view of a note.

    With a claim the view is leased: until `lease_ends_at` the same claim, with the same proof or password,
    gets the same content again, so a caller that timed out may repeat. Without one the view is given once,
    and a caller that times out does not know whether it was. Each view goes to at most one claim.

    Refused with `note_not_found`, `note_already_read` (fields `read_at`, `created_at`), `note_expired`,
    `note_password_wrong`, `note_proof_wrong` or `too_many_guesses` (field `retry_after`, seconds); none of
    these takes a view.
    """

    slug: Slug
    password: OptionalPassword = None
    link_proof: Proof | None = None
    password_proof: Proof | None = None
    claim: Claim | None = None


class Done(Reply):
    """It is so now, whether by this request or already before."""


class AcknowledgeReveal(Request[Done], subject="notes.v1.acknowledge_reveal"):
    """The holder of a claim has what it came for: its lease ends now. Repeatable.

    Refused with `note_not_found` when the note, or the claim, is not known.
    """

    slug: Slug
    claim: Claim


class NoteMetadata(Reply):
    """What may be known of an unread note without reading it."""

    created_at: AwareDatetime
    expires_at: AwareDatetime
    has_password: bool
    keep_before_expiration: bool
    views_left: int
    encryption: str | None = None


class GetNoteMetadata(Request[NoteMetadata], subject="notes.v1.note_metadata"):
    """Look at a note without reading it.

    Refused with `note_not_found`, `note_already_read` or `note_expired`.
    """

    slug: Slug


class NoteState(StrEnum):
    """Where a note is in its life. `unread`: no view was taken yet; `revealed`: at least one was."""

    UNREAD = "unread"
    REVEALED = "revealed"
    EXPIRED = "expired"


class NoteStatus(Reply):
    """What its author, or the holder of its manage token, may know of a note."""

    slug: str
    state: NoteState
    created_at: AwareDatetime
    expires_at: AwareDatetime
    read_at: AwareDatetime | None = None
    keep_before_expiration: bool
    has_password: bool
    max_views: int
    views_taken: int
    refused_attempts: int


class GetNoteStatus(Request[NoteStatus], subject="notes.v1.note_status"):
    """For the author (the actor) or with the manage token; everybody else gets `note_not_found`."""

    slug: Slug
    manage_token: ManageToken | None = None


class LiveNote(NoteStatus):
    """The same, of a note that may be deleted: it is remembered for 30 days."""

    deleted_at: AwareDatetime | None = None


class WatchedNote(Reply):
    """A note as it is now. `over`: nothing can happen to it any more that is worth waiting for."""

    id: UUID
    over: bool
    note: LiveNote


class GetWatchedNote(Request[WatchedNote], subject="notes.v1.watched_note"):
    """For the author (the actor) or with the manage token; everybody else gets `note_not_found`.

    A note that was deleted is told of, too.
    """

    slug: Slug
    manage_token: ManageToken | None = None


class WatchedNotes(Reply):
    """Notes as they are now, newest first."""

    notes: list[WatchedNote]


class ListWatchedNotes(Request[WatchedNotes], subject="notes.v1.watched_notes"):
    """The actor's own: the newest 100 that are not deleted, or those with these ids, deleted ones too.

    Others' notes are left out, as are such as are not known. Refused with `unauthenticated`.
    """

    ids: Annotated[list[UUID], Field(max_length=PAGE_MAX)] | None = None


class ListedNote(Reply):
    """A note in its author's list. `content` is there while the note is unread and not encrypted."""

    slug: str
    content: str
    keep_before_expiration: bool
    has_password: bool
    created_at: AwareDatetime
    expires_at: AwareDatetime
    read_at: AwareDatetime | None = None


class NotePage(Reply):
    """Some notes, newest first, and where the next page begins; None on the last."""

    notes: list[ListedNote]
    next: str | None = None


class NoteFilter(StrEnum):
    """Which of the author's notes."""

    ALL = "all"
    READ = "read"
    UNREAD = "unread"


class ListNotes(Request[NotePage], subject="notes.v1.list_notes"):
    """The actor's own notes. `after` is the `next` of the page before. Refused with `unauthenticated`."""

    filter: NoteFilter = NoteFilter.ALL
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    after: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")] | None = None


class ChangeExpiry(Request[Done], subject="notes.v1.change_expiry"):
    """By the author, while no view was taken; what is absent stays as it is.

    Refused as `CreateNote` and `GetNoteMetadata` are, and with `invalid_request` when both are absent.
    """

    slug: Slug
    expires_at: OptionalTime = None
    keep_before_expiration: StrictBool | None = None


class ChangePassword(Request[Done], subject="notes.v1.change_password"):
    """By the author, while no view was taken; without a password the note has none afterwards.

    Refused with `invalid_request` for a note with proofs: its password is the clients' affair.
    """

    slug: Slug
    password: OptionalPassword = None


class ChangeContent(Request[Done], subject="notes.v1.change_content"):
    """By the author, while no view was taken. Refused with `invalid_request` for an encrypted note."""

    slug: Slug
    content: Content


class DeleteNote(Request[Done], subject="notes.v1.delete_note"):
    """By the author or with the manage token: content goes now, whatever leases there are. Repeatable."""

    slug: Slug
    manage_token: ManageToken | None = None


class NoteCount(Reply):
    """How many notes an author has made that are still remembered, over and deleted ones among them."""

    created: int


class CountNotes(Request[NoteCount], subject="notes.v1.count_notes"):
    """The actor's. Refused with `unauthenticated`."""


class ExportedNote(ListedNote):
    """What is held about a note, for its author; `content` as in `ListedNote`.

    Left out are hashes, and what readers alone can open: the content that a client encrypted, of which the
    server has no key, and that of a note that only its link opens. A note that its author deleted is
    remembered for 30 days, without content.
    """

    state: NoteState
    max_views: int
    views_taken: int
    refused_attempts: int
    encryption: str | None = None
    deleted_at: AwareDatetime | None = None


class ExportPage(Reply):
    """Some notes, newest first, and where the next page begins; None on the last."""

    notes: list[ExportedNote]
    next: str | None = None


class ExportNotes(Request[ExportPage], subject="notes.v1.export_notes"):
    """The actor's notes, a page at a time. Refused with `unauthenticated`."""

    after: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")] | None = None
