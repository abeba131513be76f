"""A note: what it may be when it is made, and what a reader is told once it is over."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.errors import ErrorCode, ServiceError

SLUG_BYTES = 16  # 128 random bits: nobody guesses it


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a note may be, in bytes of UTF-8, and how long it may wait unread."""

    max_content_bytes: int
    longest_lifetime: timedelta


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note that may be kept."""

    slug: str
    content: bytes
    expires_at: datetime
    author_id: UUID | None

    @classmethod
    def make(
        cls,
        content: str,
        *,
        slug: str | None,
        expires_at: datetime | None,
        author_id: UUID | None,
        now: datetime,
        limits: Limits,
    ) -> NewNote:
        """Raises `content_too_large`, or `invalid_request` when the expiry is past or too far away."""
        data = content.encode()
        if len(data) > limits.max_content_bytes:
            raise ServiceError(
                ErrorCode.CONTENT_TOO_LARGE,
                f"content: {len(data)} bytes are more than the limit of {limits.max_content_bytes} bytes",
            )
        latest = now + limits.longest_lifetime
        if expires_at is not None and expires_at <= now:
            raise ServiceError(ErrorCode.INVALID_REQUEST, "expires_at: the time is past")
        if expires_at is not None and expires_at > latest:
            raise ServiceError(
                ErrorCode.INVALID_REQUEST,
                f"expires_at: a note is kept for {limits.longest_lifetime.days} days at most",
            )
        return cls(slug or new_slug(), data, expires_at or latest, author_id)


def new_slug() -> str:
    """128 bits from the system's CSPRNG, as 22 characters of base64url."""
    return secrets.token_urlsafe(SLUG_BYTES)


@dataclass(frozen=True, slots=True)
class NoteTimes:
    """The life of a note without its content: what remains of it when it is over."""

    created_at: datetime
    expires_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class RevealedNote:
    """A note as it left the table."""

    content: bytes
    created_at: datetime
    expires_at: datetime
    read_at: datetime


def readable(times: NoteTimes | None, *, now: datetime) -> NoteTimes:
    """The note, if it can be read now. Raises `note_not_found`, `note_already_read` or `note_expired`.

    A note that was read tells when, so that an interception is noticed; it does so after its expiry too.
    """
    if times is None:
        raise ServiceError(ErrorCode.NOTE_NOT_FOUND, "There is no such note.")
    if times.read_at is not None:
        raise ServiceError(
            ErrorCode.NOTE_ALREADY_READ,
            "The note was already read.",
            content="",
            read_at=wire_time(times.read_at),
            created_at=wire_time(times.created_at),
        )
    if times.expires_at <= now:
        raise expired()
    return times


def expired() -> ServiceError:
    return ServiceError(ErrorCode.NOTE_EXPIRED, "The note has expired.")


def wire_time(time: datetime) -> str:
    """RFC 3339 in UTC with `Z`."""
    return time.isoformat().replace("+00:00", "Z")
