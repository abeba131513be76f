"""Everything that the auth service does when asked: request → handler."""

from __future__ import annotations

from dataclasses import dataclass

from auth.commands.refresh_session import RefreshSession
from auth.commands.resend_verification import ResendVerification
from auth.commands.revoke_session import RevokeSession
from auth.commands.settle_mail import SettleMail
from auth.commands.sign_in import SignIn
from auth.commands.sign_out import SignOut
from auth.commands.sign_out_everywhere import SignOutEverywhere
from auth.commands.sign_up import SignUp
from auth.commands.verify_email import VerifyEmail
from auth.queries.current_user import GetCurrentUser
from auth.queries.list_sessions import ListSessions
from auth.queries.mail_details import GetMailDetails
from auth.queries.ping import ping
from auth.queries.signing_keys import GetSigningKeys
from auth.queries.user_contact import GetUserContact
from chassis.rpc_server import Operation, operation
from contracts.auth import rpc


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """The service's use cases, put together."""

    sign_up: SignUp
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    sign_in: SignIn
    refresh_session: RefreshSession
    sign_out: SignOut
    sign_out_everywhere: SignOutEverywhere
    revoke_session: RevokeSession
    list_sessions: ListSessions
    current_user: GetCurrentUser
    signing_keys: GetSigningKeys
    mail_details: GetMailDetails
    settle_mail: SettleMail
    user_contact: GetUserContact


def operations(use: UseCases) -> tuple[Operation, ...]:
    """One row for each request that the contract says we serve."""
    return (
        operation(rpc.PingAuth, ping),
        operation(rpc.SignUp, use.sign_up),
        operation(rpc.VerifyEmail, use.verify_email),
        operation(rpc.ResendVerification, use.resend_verification),
        operation(rpc.SignIn, use.sign_in),
        operation(rpc.RefreshSession, use.refresh_session),
        operation(rpc.SignOut, use.sign_out),
        operation(rpc.SignOutEverywhere, use.sign_out_everywhere),
        operation(rpc.RevokeSession, use.revoke_session),
        operation(rpc.ListSessions, use.list_sessions),
        operation(rpc.CurrentUser, use.current_user),
        operation(rpc.SigningKeys, use.signing_keys),
        operation(rpc.GetMailDetails, use.mail_details),
        operation(rpc.SettleMail, use.settle_mail),
        operation(rpc.GetUserContact, use.user_contact),
    )
