"""The letters, and the job of sending one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Letter(StrEnum):
    """What a mail is about; each has a template of this name."""

    VERIFY = "verify"
    SIGN_UP_REPEATED = "sign_up_repeated"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a letter
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    CONFIRM_EMAIL = "confirm_email"
    EMAIL_CHANGED = "email_changed"
    IDENTITY_LINKED = "identity_linked"
    ACCOUNT_DELETED = "account_deleted"
    NOTE_OPENED = "note_opened"

    @property
    def is_known_to_auth(self) -> bool:
        """Auth has recorded to whom it goes. Of one whose cause lies in notes it has nothing."""
        return self is not Letter.NOTE_OPENED


@dataclass(frozen=True, slots=True)
class Job:
    """A letter in hand. `id` is the event's; `waiting` is how long it has been tried.

    Its attempts are of the trace `traceparent`, that of its event.
    """

    id: UUID
    letter: Letter
    user_id: UUID
    requested_at: datetime
    attempts: int
    waiting: timedelta
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """To whom a letter goes, what it is about, and its link if it carries one. Never kept, never logged."""

    recipient: str
    requested_at: datetime
    link: str | None = None


class Outcome(StrEnum):
    """How an attempt ends: all but `LATER` settle the job."""

    SENT = "sent"
    SKIPPED = "skipped"
    DEAD = "dead"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome and its reason: a code of ours, never what somebody else said."""

    outcome: Outcome
    reason: str | None = None
