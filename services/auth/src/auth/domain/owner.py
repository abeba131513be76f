"""What an account's owner must show once more before it is changed for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.errors import ErrorCode, ServiceError

# A sign-in so short ago is as good as the password.
RECENT_SIGN_IN = timedelta(minutes=10)
# In one session: an access token that was stolen guesses no more.
PASSWORD_GUESSES = 10


@dataclass(frozen=True, slots=True)
class Owner:
    """Who asks, in which session. No `password_hash`: they sign in elsewhere alone."""

    session_id: UUID
    signed_in_at: datetime
    password_hash: str | None

    def check_sign_in(self, now: datetime) -> None:
        """Raises what `check_recent` raises."""
        check_recent(self.signed_in_at, now)


def check_recent(signed_in_at: datetime, now: datetime) -> None:
    """Raises `sign_in_again` for a sign-in of more than 10 minutes ago."""
    if now - signed_in_at > RECENT_SIGN_IN:
        raise sign_in_again()


def sign_in_again() -> ServiceError:
    return ServiceError(ErrorCode.SIGN_IN_AGAIN, "Sign in again, and repeat this within 10 minutes.")


def password_wrong() -> ServiceError:
    return ServiceError(ErrorCode.PASSWORD_WRONG, "The current password is wrong.")


def link_invalid() -> ServiceError:
    return ServiceError(ErrorCode.LINK_INVALID, "This link is not valid any more: it was used or is too old.")
