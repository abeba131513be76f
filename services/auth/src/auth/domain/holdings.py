"""Everything that is held about an account, but for hashes of secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auth.domain.account import Account
from auth.domain.session import ListedSession, LivingSession


@dataclass(frozen=True, slots=True)
class HeldIdentity:
    """An account elsewhere that signs in here."""

    provider: str
    subject: str
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingEmail:
    """An address that waits to be confirmed."""

    email: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """`session` is the one that asks."""

    account: Account
    session: LivingSession
    sessions: list[ListedSession]
    identities: list[HeldIdentity]
    email_changes: list[WaitingEmail]
