"""Requests to auth.

An address is compared without regard to case. Nothing that auth answers tells whether an address is known.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from contracts.messages import Reply, Request
from contracts.ping import Pong

EMAIL_MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 256

# Looked at more closely by auth, with a reason of its own.
Email = Annotated[str, Field(min_length=1, max_length=EMAIL_MAX_LENGTH)]
NewPassword = Annotated[str, Field(min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)]
# What a link carries: 32 bytes as unpadded base64url.
LinkToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class PingAuth(Request[Pong], subject="auth.v1.ping"):
    """Answered by any replica of auth."""


class Accepted(Reply):
    """It was taken note of. The same whether or not the address is known."""


class SignUp(Request[Accepted], subject="auth.v1.sign_up"):
    """Make an account, which can sign in once its address is verified; a letter says how.

    Each sign-up with an address that is not verified yet keeps its own password, and its own link makes that
    password the account's. For an address that is verified nothing changes, and its owner gets a letter.
    Refused with `invalid_request` (the address cannot be one, the password is among the most common) or
    `sign_up_closed`.
    """

    email: Email
    password: NewPassword


class VerifyEmail(Request[Accepted], subject="auth.v1.verify_email"):
    """Use the link of a verification letter. It works once; refused with `link_invalid`."""

    token: LinkToken


class ResendVerification(Request[Accepted], subject="auth.v1.resend_verification"):
    """Send the verification letter of the latest sign-up once more, if the address waits for one.

    One letter a minute for each address: more are accepted and not sent. Links that were sent stay good.
    """

    email: Email


class Tokens(Reply):
    """A session was opened. The access token is a JWT; the refresh token is for `auth` alone."""

    access_token: str
    refresh_token: str


class SignIn(Request[Tokens], subject="auth.v1.sign_in"):
    """Open a session.

    Refused with `credentials_wrong`, one answer for an unknown address and a wrong password, or, when the
    password is that of the latest sign-up with an address that is not verified yet, `user_not_activated`.
    """

    email: Email
    password: GivenPassword


class SigningKeysReply(Reply):
    """A JSON Web Key Set (RFC 7517): the public keys of access tokens that may still be alive."""

    keys: list[dict[str, Any]]


class SigningKeys(Request[SigningKeysReply], subject="auth.v1.signing_keys"):
    """With which keys access tokens are verified, and may be in the next minutes."""


class MailDetails(Reply):
    """To whom a letter goes, and what it says. `link` is there for a letter that carries one.

    `requested_at`: when what the letter is about was asked for.
    """

    recipient: str
    requested_at: AwareDatetime
    link: str | None = None


class GetMailDetails(Request[MailDetails], subject="auth.v1.mail_details"):
    """Asked by the mailer when it is about to send. The same link at every time of asking.

    Refused with `letter_obsolete` when the letter has no sense any more: its link was used, has expired or
    was superseded, or nothing is known of it.
    """

    event_id: UUID


class MailOutcome(StrEnum):
    """How a letter ended."""

    SENT = "sent"
    SKIPPED = "skipped"
    DEAD = "dead"


class SettleMail(Request[Accepted], subject="auth.v1.mail_settled"):
    """The mailer is done with a letter. Repeatable; once sent, auth forgets to whom it went."""

    event_id: UUID
    outcome: MailOutcome


class UserContact(Reply):
    """The verified address of a user."""

    email: str


class GetUserContact(Request[UserContact], subject="auth.v1.user_contact"):
    """For letters whose cause lies outside auth.

    Refused with `letter_obsolete` when there is no such user, or its address is not verified.
    """

    user_id: UUID
