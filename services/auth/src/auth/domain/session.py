"""Sessions: what they are to others, and when a refresh token is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from auth.domain.account import SESSION_IDLE_LIFETIME

# A used token that comes back so soon was sent twice by its owner: a reply was lost, two tabs woke together.
REFRESH_GRACE = timedelta(seconds=10)
# For so long a used token is known as one. Its owner may be away for that long while a thief goes on with a
# copy, and ends the thief's session by coming back; who stays away longer has no session to come back to.
USED_TOKENS_KNOWN_FOR = SESSION_IDLE_LIFETIME


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A session that has not ended, and whose time is not over. `created_at`: when its user signed in."""

    id: UUID
    user_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSession:
    """What its user sees of one. `last_used_at`: when it was opened or refreshed last."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class RefreshOutcome(StrEnum):
    """What came of a refresh token."""

    REFRESHED = "refreshed"
    REPEATED = "repeated"
    REFUSED = "refused"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Refresh:
    """`session` is there for who gets tokens: `refreshed` and `repeated`."""

    outcome: RefreshOutcome
    session: LivingSession | None = None


def outcome_of(*, used_ago: timedelta | None, successor_is_current: bool) -> RefreshOutcome:
    """For a token of a session that lives; `used_ago` is None for one that was not used yet."""
    if used_ago is None:
        return RefreshOutcome.REFRESHED
    if used_ago > REFRESH_GRACE:
        return RefreshOutcome.REUSED
    return RefreshOutcome.REPEATED if successor_is_current else RefreshOutcome.REFUSED
