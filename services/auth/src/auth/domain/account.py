"""Accounts and the sessions that they open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

UNVERIFIED_LIFETIME = timedelta(hours=24)
SESSION_IDLE_LIFETIME = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=180)


# Of one address at a time: each of them is a letter to somebody who may not have asked for it.
LIVING_SIGN_UPS = 5
# Of one account at a time, for the same reason.
LIVING_EMAIL_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Account:
    """What its owner sees of a verified account. Without a password for who only signs in elsewhere."""

    user_id: UUID
    email: str
    created_at: datetime
    last_login_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """By what a verified account signs in."""

    user_id: UUID
    password_hash: str


@dataclass(frozen=True, slots=True)
class KnownPasswords:
    """What there is to compare for one address. A verified account may have a sign-up as well."""

    account: Credentials | None = None
    latest_sign_up_hash: str | None = None
