"""Everything on the wire: which service answers, asks, emits and follows what.

The permissions on NATS (`permissions`), the schema snapshots and the generated descriptions all follow
from this one page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.auth.events import (
    UserDeleted,
    UserEmailChanged,
    UserEmailChangeRequested,
    UserIdentityLinked,
    UserPasswordChanged,
    UserPasswordResetRequested,
    UserSessionsRevoked,
    UserSignedUp,
    UserSignUpRepeated,
    UserVerificationRequested,
    UserVerified,
)
from contracts.auth.rpc import (
    BeginOauth,
    CompleteOauth,
    ConfirmEmailChange,
    CurrentUser,
    DeleteAccount,
    ExportAccount,
    GetMailDetails,
    GetUserContact,
    ListIdentities,
    ListProviders,
    ListSessions,
    PingAuth,
    RefreshSession,
    RequestEmailChange,
    RequestPasswordReset,
    ResendVerification,
    ResetPassword,
    RevokeSession,
    SettleMail,
    SignIn,
    SigningKeys,
    SignOut,
    SignOutEverywhere,
    SignUp,
    UnlinkIdentity,
    VerifyEmail,
)
from contracts.auth.rpc import ChangePassword as ChangeAccountPassword
from contracts.mailer.rpc import PingMailer
from contracts.messages import Event, Request
from contracts.notes.events import (
    NoteCreated,
    NoteDeleted,
    NoteExpired,
    NoteRevealed,
    NoteRevealRefused,
)
from contracts.notes.rpc import (
    AcknowledgeReveal,
    ChangeContent,
    ChangeExpiry,
    ChangePassword,
    CountNotes,
    CreateNote,
    DeleteNote,
    ExportNotes,
    GetNoteMetadata,
    GetNoteStatus,
    GetWatchedNote,
    ListNotes,
    ListWatchedNotes,
    RevealNote,
)
from contracts.streams import DEAD_LETTERS, EVENTS, ConsumerSpec, FollowSpec, StreamSpec, consumer, follow

RequestType = type[Request[Any]]


@dataclass(frozen=True, slots=True)
class ServiceContract:
    """One service: the requests that it serves and calls, the events that it emits and consumes.

    `follows`: events that each process of it reads for itself (`chassis.follower`); nobody else's delivery
    depends on it.
    """

    name: str
    serves: tuple[RequestType, ...] = ()
    calls: tuple[RequestType, ...] = ()
    emits: tuple[type[Event], ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()
    follows: tuple[FollowSpec, ...] = ()


_NOTES: tuple[RequestType, ...] = (
    CreateNote,
    RevealNote,
    AcknowledgeReveal,
    GetNoteMetadata,
    GetNoteStatus,
    GetWatchedNote,
    ListWatchedNotes,
    ListNotes,
    CountNotes,
    ExportNotes,
    ChangeExpiry,
    ChangePassword,
    ChangeContent,
    DeleteNote,
)

_AUTH_PUBLIC: tuple[RequestType, ...] = (
    SignUp,
    VerifyEmail,
    ResendVerification,
    SignIn,
    RefreshSession,
    SignOut,
    SignOutEverywhere,
    ListSessions,
    RevokeSession,
    CurrentUser,
    ListProviders,
    BeginOauth,
    CompleteOauth,
    ListIdentities,
    UnlinkIdentity,
    SigningKeys,
)
_AUTH_FOR_OWNERS: tuple[RequestType, ...] = (
    ChangeAccountPassword,
    RequestPasswordReset,
    ResetPassword,
    RequestEmailChange,
    ConfirmEmailChange,
    DeleteAccount,
    ExportAccount,
)
_AUTH_FOR_MAILER: tuple[RequestType, ...] = (GetMailDetails, SettleMail, GetUserContact)

# Events that become a letter.
_LETTERS: tuple[type[Event], ...] = (
    UserSignedUp,
    UserSignUpRepeated,
    UserVerificationRequested,
    UserPasswordResetRequested,
    UserPasswordChanged,
    UserEmailChangeRequested,
    UserEmailChanged,
    UserIdentityLinked,
    UserDeleted,
    NoteRevealed,
)

_OF_NOTES: tuple[type[Event], ...] = (
    NoteCreated,
    NoteRevealed,
    NoteExpired,
    NoteDeleted,
    NoteRevealRefused,
)

ENDED_SESSIONS = follow(UserSessionsRevoked)
LIVE_NOTES = follow(*_OF_NOTES)

SERVICES: Mapping[str, ServiceContract] = {
    contract.name: contract
    for contract in (
        ServiceContract(
            name="auth",
            serves=(PingAuth, *_AUTH_PUBLIC, *_AUTH_FOR_OWNERS, *_AUTH_FOR_MAILER),
            emits=(
                UserSignedUp,
                UserSignUpRepeated,
                UserVerificationRequested,
                UserVerified,
                UserPasswordResetRequested,
                UserPasswordChanged,
                UserEmailChangeRequested,
                UserEmailChanged,
                UserIdentityLinked,
                UserSessionsRevoked,
                UserDeleted,
            ),
        ),
        ServiceContract(
            name="notes",
            serves=_NOTES,
            emits=_OF_NOTES,
            consumers=(consumer("notes", UserDeleted),),
        ),
        ServiceContract(
            name="gateway",
            calls=(*_NOTES, *_AUTH_PUBLIC, *_AUTH_FOR_OWNERS),
            follows=(ENDED_SESSIONS, LIVE_NOTES),
        ),
        ServiceContract(
            name="mailer",
            serves=(PingMailer,),
            calls=_AUTH_FOR_MAILER,
            consumers=(consumer("mailer", *_LETTERS),),
        ),
    )
}

STREAMS: tuple[StreamSpec, ...] = (EVENTS, DEAD_LETTERS)

REQUESTS: tuple[RequestType, ...] = tuple(
    request for service in SERVICES.values() for request in service.serves
)
EVENT_TYPES: tuple[type[Event], ...] = tuple(
    event for service in SERVICES.values() for event in service.emits
)
