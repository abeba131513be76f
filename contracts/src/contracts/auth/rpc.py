"""Requests to auth.

An address is compared without regard to case. Nothing that auth answers tells whether an address is known.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from contracts.messages import Reply, Request
from contracts.ping import Pong

EMAIL_MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 256
# For so long a gateway may take one, unless it hears that its session ended.
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)

# Looked at more closely by auth, with a reason of its own.
Email = Annotated[str, Field(min_length=1, max_length=EMAIL_MAX_LENGTH)]
NewPassword = Annotated[str, Field(min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)]
# What a link carries: 32 bytes as unpadded base64url.
LinkToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
# Of the same kind; nothing is told of why another is none.
RefreshToken = Annotated[str, Field(min_length=1, max_length=256)]
# What comes back in the URL of a provider's redirect.
OauthValue = Annotated[str, Field(min_length=1, max_length=2048)]


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


class RefreshSession(Request[Tokens], subject="auth.v1.refresh_session"):
    """Go on with a session. The refresh token is good once; its successor comes with the reply.

    Refused with `session_invalid` when it is unknown, or its session has ended. Asked again within 10 s (a
    reply was lost, two tabs woke together) the same successor comes; once that was used itself, the late
    request is refused and nobody is signed out. After 10 s a token that comes back has been copied: refused,
    and the session ends (RFC 9700, 4.14.2).
    """

    refresh_token: RefreshToken


class SignOut(Request[Accepted], subject="auth.v1.sign_out"):
    """End the session of a refresh token. Repeatable: an unknown one is nobody's session any more.

    With an actor in the context, only a session of that user.
    """

    refresh_token: RefreshToken


class SignOutEverywhere(Request[Accepted], subject="auth.v1.sign_out_everywhere"):
    """End every session of the actor, this one included, and every link that was sent to them.

    Refused with `unauthenticated`.
    """


class Session(BaseModel):
    """One sign-in of a user. `current`: the one that asks.

    `last_used_at`: when it was opened or refreshed last. `expires_at`: a refresh before it may put it off.
    """

    id: UUID
    created_at: AwareDatetime
    last_used_at: AwareDatetime
    expires_at: AwareDatetime
    current: bool


class SessionsReply(Reply):
    """Newest first, 1,000 at most."""

    sessions: list[Session]


class ListSessions(Request[SessionsReply], subject="auth.v1.list_sessions"):
    """The actor's sessions that live. Refused with `unauthenticated`."""


class RevokeSession(Request[Accepted], subject="auth.v1.revoke_session"):
    """End one of the actor's sessions. Refused with `unauthenticated` or `session_not_found`."""

    session_id: UUID


class ChangePassword(Request[Accepted], subject="auth.v1.change_password"):
    """Set another password; every session ends, and the owner gets a letter.

    Refused with `unauthenticated`, `password_wrong`, `invalid_request` (the new one is among the most
    common), or `sign_in_again`: a session takes ten wrong passwords in a row and no more.
    """

    current_password: GivenPassword
    new_password: NewPassword


class RequestPasswordReset(Request[Accepted], subject="auth.v1.request_password_reset"):
    """Send a link to set a new password, if the address has an account. One letter a minute at most."""

    email: Email


class ResetPassword(Request[Accepted], subject="auth.v1.reset_password"):
    """Use that link. It works once, discards its siblings and ends every session.

    Accounts elsewhere go on signing in, and the letter about the new password says so.

    Refused with `link_invalid`, or `invalid_request` (the password is among the most common).
    """

    token: LinkToken
    password: NewPassword


class RequestEmailChange(Request[Accepted], subject="auth.v1.request_email_change"):
    """Send a link to the new address. The same answer whether or not somebody has it already.

    Refused with `unauthenticated`, `password_wrong`, `invalid_request` (it cannot be an address),
    `sign_up_closed` (its domain is none of those that may come in), or `sign_in_again`: without the
    current password only within 10 minutes of the session's sign-in; also after ten wrong ones. Nothing
    is sent, and the answer is the same, when the address is another account's, when it got such a letter
    in the last minute, or while five addresses wait for the account.
    """

    new_email: Email
    current_password: GivenPassword | None = None


class ConfirmEmailChange(Request[Accepted], subject="auth.v1.confirm_email_change"):
    """Use that link: the account has the new address, every session ends, and the old address is told.

    Accounts elsewhere with the old address sign in no more: who has that address may have them.

    Refused with `link_invalid`, also when the address became another account's meanwhile, or the session that
    asked has ended.
    """

    token: LinkToken


class CurrentUserReply(Reply):
    """The actor's account. `has_password`: false for one that only signs in elsewhere."""

    user_id: UUID
    email: str
    created_at: AwareDatetime
    last_login_at: AwareDatetime | None
    has_password: bool


class CurrentUser(Request[CurrentUserReply], subject="auth.v1.current_user"):
    """Refused with `unauthenticated`, also when the session has ended."""


class DeleteAccount(Request[Accepted], subject="auth.v1.delete_account"):
    """Delete the account and all that auth has about it; notes and letters follow by its event.

    Refused with `unauthenticated`, `password_wrong`, or `sign_in_again`: an account without a password is
    deleted within 10 minutes of the session's sign-in; also after ten wrong ones.
    """

    password: GivenPassword | None = None


class Identity(BaseModel):
    """An account elsewhere that signs in here."""

    provider: str
    subject: str
    email: str
    created_at: AwareDatetime


class WaitingEmail(BaseModel):
    """A new address that is not confirmed."""

    email: str
    created_at: AwareDatetime
    expires_at: AwareDatetime


class ExportReply(Reply):
    """Everything that auth holds about the actor, but for hashes of secrets and letters on their way.

    Of sessions that live the 1,000 newest.
    """

    account: CurrentUserReply
    sessions: list[Session]
    identities: list[Identity]
    email_changes: list[WaitingEmail]


class ExportAccount(Request[ExportReply], subject="auth.v1.export_account"):
    """Refused with `unauthenticated`."""


class OauthProvider(StrEnum):
    """Where one may sign in instead."""

    GOOGLE = "google"
    GITHUB = "github"


class ProvidersReply(Reply):
    """Those that are configured."""

    providers: list[OauthProvider]


class ListProviders(Request[ProvidersReply], subject="auth.v1.list_providers"):
    """Where one may sign in instead."""


class OauthBegun(Reply):
    """`binding` belongs into a cookie of the browser that began: whoever comes back must have it."""

    authorization_url: str
    binding: str


class BeginOauth(Request[OauthBegun], subject="auth.v1.begin_oauth"):
    """Begin to sign in elsewhere; with an actor, to link that account to the actor's.

    Refused with `provider_unknown` or `unavailable`.
    """

    provider: OauthProvider


class IdentitiesReply(Reply):
    """Oldest first."""

    identities: list[Identity]


class ListIdentities(Request[IdentitiesReply], subject="auth.v1.list_identities"):
    """The accounts elsewhere that sign in to the actor's. Refused with `unauthenticated`."""


class UnlinkIdentity(Request[Accepted], subject="auth.v1.unlink_identity"):
    """The actor's accounts at a provider sign in no more. Repeatable; sessions go on.

    Refused with `unauthenticated`, or `identity_needed`: an account without a password has no other way in.
    """

    provider: OauthProvider


class CompleteOauth(Request[Tokens], subject="auth.v1.complete_oauth"):
    """Come back with a code: a session is opened, of the account of that identity.

    A verified address that nobody has makes an account; one that an account has verified links the identity
    to it. Refused with `oauth_state_invalid` (unknown, used, too old, or another browser's), `oauth_refused`
    (the provider said no), `oauth_email_unverified`, `oauth_identity_taken`, `sign_up_closed`,
    `provider_unknown`, `unavailable`, or when it was begun to link: `unauthenticated` (that session has
    ended) or `sign_in_again` (it was opened more than 10 minutes ago). The session that links ends, and the
    one that is opened is no younger: a link is no sign-in. The owner of an account gets a letter about each
    identity that is new to it.
    """

    provider: OauthProvider
    state: OauthValue
    code: OauthValue
    binding: OauthValue


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
