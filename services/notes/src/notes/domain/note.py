"""A note: what it may be when it is made, and what a reader is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError

SLUG_BYTES = 16  # 128 random bits: nobody guesses it


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a note may be, in bytes of UTF-8, and how long it may wait unread."""

    max_content_bytes: int
    max_encrypted_bytes: int
    longest_lifetime: timedelta

    def content(self, text: str, *, encrypted: bool) -> bytes:
        """The text as bytes. Raises `content_too_large`, naming the limit."""
        data = text.encode()
        limit = self.max_encrypted_bytes if encrypted else self.max_content_bytes
        if len(data) > limit:
            raise ServiceError(
                ErrorCode.CONTENT_TOO_LARGE,
                f"content: {len(data)} bytes are more than the limit of {limit} bytes",
            )
        return data

    def expiry(self, wish: datetime | None, *, now: datetime) -> datetime:
        """When the note ends. Raises `invalid_request` for a time that is past or too far away."""
        latest = now + self.longest_lifetime
        if wish is not None and wish <= now:
            raise ServiceError(ErrorCode.INVALID_REQUEST, "expires_at: the time is past")
        if wish is not None and wish > latest:
            raise ServiceError(
                ErrorCode.INVALID_REQUEST,
                f"expires_at: a note is kept for {self.longest_lifetime.days} days at most",
            )
        return wish or latest


@dataclass(frozen=True, slots=True)
class Protection:
    """What a reader must show. Hashes: of a password Argon2id, of random secrets SHA-256."""

    password_hash: str | None = None
    link_proof_hash: bytes | None = None
    password_proof_hash: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whoever has the slug may read."""
        return self.password_hash is None and self.link_proof_hash is None

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None or self.password_proof_hash is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """A note that may be kept. `content` is sealed already; `traceparent` is for its event."""

    id: UUID
    slug: str
    content: bytes
    key_id: str
    expires_at: datetime
    author_id: UUID | None
    keep: bool
    max_views: int
    encryption: str | None
    protection: Protection
    manage_token_hash: bytes | None
    notify: bool
    traceparent: str | None = None

    @property
    def is_told_of(self) -> bool:
        """Somebody may learn what happens to it: its author, or the holder of its manage token."""
        return self.author_id is not None or self.manage_token_hash is not None


def new_slug() -> str:
    """128 bits from the system's CSPRNG, as 22 characters of base64url."""
    return secrets.token_urlsafe(SLUG_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord:
    """A note without its content, alive or over: all that is decided on outside the database.

    `version` changes with everything that a reader's proof was checked against.
    """

    id: UUID
    slug: str
    version: int
    author_id: UUID | None
    created_at: datetime
    expires_at: datetime
    read_at: datetime | None
    deleted_at: datetime | None
    erased: bool
    keep: bool
    max_views: int
    views_taken: int
    encryption: str | None
    protection: Protection
    manage_token_hash: bytes | None
    refused_attempts: int

    @property
    def views_left(self) -> int:
        return 1 if self.keep else self.max_views - self.views_taken


@dataclass(frozen=True, slots=True)
class ListedNote:
    """A note with its sealed content, where the list shows it; `beyond` what is read of contents at once."""

    note: NoteRecord
    content: bytes | None
    key_id: str | None
    beyond: bool


@dataclass(frozen=True, slots=True)
class SealedContent:
    """A content and the key under which it is sealed."""

    id: UUID
    key_id: str
    content: bytes


def not_found() -> ServiceError:
    return ServiceError(ErrorCode.NOTE_NOT_FOUND, "There is no such note.")


def known(note: NoteRecord | None) -> NoteRecord:
    """The note. Raises `note_not_found` for one that never was, or that its author deleted."""
    if note is None or note.deleted_at is not None:
        raise not_found()
    return note


def readable(note: NoteRecord | None, *, now: datetime) -> NoteRecord:
    """The note, if a view is left. Raises `note_not_found`, `note_already_read` or `note_expired`.

    A note that was read to its end tells when, so that an interception is noticed, also after its expiry.
    """
    note = known(note)
    if note.views_left <= 0:
        raise already_read(note)
    if note.expires_at <= now or note.erased:
        raise ServiceError(ErrorCode.NOTE_EXPIRED, "The note has expired.")
    return note


def is_over(note: NoteRecord, *, now: datetime) -> bool:
    """No view is left, or it may not be taken any more."""
    return note.deleted_at is not None or note.erased or note.views_left <= 0 or note.expires_at <= now


def unread(note: NoteRecord, *, now: datetime) -> NoteRecord:
    """The note, if no view was taken. Raises as `readable` does."""
    if note.read_at is not None:
        raise already_read(note)
    return readable(note, now=now)


def authored(note: NoteRecord | None, actor: Actor | None) -> NoteRecord:
    """The note, for its author. Raises `unauthenticated` for nobody, `note_not_found` for anybody else."""
    if actor is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in to change your notes.")
    note = known(note)
    if note.author_id != actor.user_id:
        raise not_found()
    return note


def managed(note: NoteRecord | None, actor: Actor | None, has_token: Callable[[bytes], bool]) -> NoteRecord:
    """The note, deleted or not, for its author or for whoever has its manage token.

    `has_token` compares with the token's hash. Raises `note_not_found` for anybody else.
    """
    if note is not None:
        if actor is not None and note.author_id == actor.user_id:
            return note
        if note.manage_token_hash is not None and has_token(note.manage_token_hash):
            return note
    raise not_found()


def already_read(note: NoteRecord) -> ServiceError:
    times = {"read_at": wire_time(note.read_at)} if note.read_at else {}
    return ServiceError(
        ErrorCode.NOTE_ALREADY_READ,
        "The note was already read.",
        content="",
        created_at=wire_time(note.created_at),
        **times,
    )


def wire_time(time: datetime) -> str:
    """RFC 3339 in UTC with `Z`."""
    return time.isoformat().replace("+00:00", "Z")
