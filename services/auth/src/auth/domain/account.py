"""Accounts and the sessions that they open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

UNVERIFIED_LIFETIME = timedelta(hours=24)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
SESSION_IDLE_LIFETIME = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Credentials:
    """By what an address signs in: the account's password or, before that, its latest sign-up's."""

    user_id: UUID
    password_hash: str
    verified: bool
