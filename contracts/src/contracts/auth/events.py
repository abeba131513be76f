"""What happened to accounts. Addresses and tokens stay with auth: who needs one asks by the event's id."""

from __future__ import annotations

from uuid import UUID

from contracts.messages import Event


class UserEvent(Event):
    """Something that happened to a user's account."""

    user_id: UUID

    @property
    def entity_id(self) -> UUID:
        return self.user_id


class UserSignedUp(UserEvent, subject="events.auth.v1.user.signed_up"):
    """Somebody signed up with an address that nobody has verified yet; each such sign-up is one event."""


class UserSignUpRepeated(UserEvent, subject="events.auth.v1.user.sign_up_repeated"):
    """Somebody signed up with the address of an account that is verified: its owner is told."""


class UserVerificationRequested(UserEvent, subject="events.auth.v1.user.verification_requested"):
    """The verification letter was asked for once more."""


class UserVerified(UserEvent, subject="events.auth.v1.user.verified"):
    """The address was shown to be the user's own."""


class UserPasswordResetRequested(UserEvent, subject="events.auth.v1.user.password_reset_requested"):
    """A link to set a new password was asked for."""


class UserPasswordChanged(UserEvent, subject="events.auth.v1.user.password_changed"):
    """The password is another one, by a change or a reset."""


class UserEmailChangeRequested(UserEvent, subject="events.auth.v1.user.email_change_requested"):
    """A new address waits to be confirmed."""


class UserEmailChanged(UserEvent, subject="events.auth.v1.user.email_changed"):
    """The new address was confirmed; the old one is told."""


class UserIdentityLinked(UserEvent, subject="events.auth.v1.user.identity_linked"):
    """An account elsewhere signs in to this one from now on; the owner is told."""


class UserSessionsRevoked(UserEvent, subject="events.auth.v1.user.sessions_revoked"):
    """These sessions ended before their time: their access tokens are refused from now on."""

    session_ids: list[UUID]


class UserDeleted(UserEvent, subject="events.auth.v1.user.deleted"):
    """The account is gone, and what it owned goes."""
