"""Everything that the mailer follows: event → handler."""

from __future__ import annotations

from chassis.consumer import Subscription, on
from contracts.auth.events import (
    UserDeleted,
    UserEmailChanged,
    UserEmailChangeRequested,
    UserIdentityLinked,
    UserPasswordChanged,
    UserPasswordResetRequested,
    UserSignedUp,
    UserSignUpRepeated,
    UserVerificationRequested,
)
from contracts.notes.events import NoteRevealed
from mailer.commands.record_letter import RecordLetter
from mailer.domain.letter import Letter


def subscriptions(record: RecordLetter) -> tuple[Subscription, ...]:
    """One row for each event that the contract says we consume."""
    return (
        on(UserSignedUp, record.to_user(Letter.VERIFY)),
        on(UserVerificationRequested, record.to_user(Letter.VERIFY)),
        on(UserSignUpRepeated, record.to_user(Letter.SIGN_UP_REPEATED)),
        on(UserPasswordResetRequested, record.to_user(Letter.RESET_PASSWORD)),
        on(UserPasswordChanged, record.to_user(Letter.PASSWORD_CHANGED)),
        on(UserEmailChangeRequested, record.to_user(Letter.CONFIRM_EMAIL)),
        on(UserEmailChanged, record.to_user(Letter.EMAIL_CHANGED)),
        on(UserIdentityLinked, record.to_user(Letter.IDENTITY_LINKED)),
        on(UserDeleted, record.to_user(Letter.ACCOUNT_DELETED)),
        on(NoteRevealed, record.note_opened),
    )
