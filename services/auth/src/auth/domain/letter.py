"""Letters: what each is for, where its link leads, how long it makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class LetterPurpose(StrEnum):
    """A link of one purpose is good for no other. A notice carries none."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"
    NOTICE = "notice"


# Pages of the web client; the token follows as fragment, which browsers send to nobody.
PAGES = {
    LetterPurpose.VERIFY: "/verify",
    LetterPurpose.RESET: "/reset",
    LetterPurpose.CHANGE_EMAIL: "/change-email",
}

LIFETIMES = {
    LetterPurpose.VERIFY: timedelta(hours=24),
    LetterPurpose.RESET: timedelta(hours=1),
    LetterPurpose.CHANGE_EMAIL: timedelta(hours=24),
    LetterPurpose.NOTICE: timedelta(hours=24),
}

# Between two letters to one address that somebody else may have asked for.
REST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the mailer needs of one that still makes sense."""

    purpose: LetterPurpose
    recipient: str
    requested_at: datetime
