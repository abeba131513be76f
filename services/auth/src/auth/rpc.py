"""Everything that the auth service does when asked: request → handler."""

from __future__ import annotations

from dataclasses import dataclass

from auth.commands.begin_oauth import BeginOauth
from auth.commands.change_password import ChangePassword
from auth.commands.complete_oauth import CompleteOauth
from auth.commands.confirm_email_change import ConfirmEmailChange
from auth.commands.delete_account import DeleteAccount
from auth.commands.refresh_session import RefreshSession
from auth.commands.request_email_change import RequestEmailChange
from auth.commands.request_password_reset import RequestPasswordReset
from auth.commands.resend_verification import ResendVerification
from auth.commands.reset_password import ResetPassword
from auth.commands.revoke_session import RevokeSession
from auth.commands.settle_mail import SettleMail
from auth.commands.sign_in import SignIn
from auth.commands.sign_out import SignOut
from auth.commands.sign_out_everywhere import SignOutEverywhere
from auth.commands.sign_up import SignUp
from auth.commands.unlink_identity import UnlinkIdentity
from auth.commands.verify_email import VerifyEmail
from auth.queries.current_user import GetCurrentUser
from auth.queries.export_account import ExportAccount
from auth.queries.list_identities import ListIdentities
from auth.queries.list_providers import ListProviders
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
    change_password: ChangePassword
    request_password_reset: RequestPasswordReset
    reset_password: ResetPassword
    request_email_change: RequestEmailChange
    confirm_email_change: ConfirmEmailChange
    delete_account: DeleteAccount
    export_account: ExportAccount
    list_providers: ListProviders
    begin_oauth: BeginOauth
    complete_oauth: CompleteOauth
    list_identities: ListIdentities
    unlink_identity: UnlinkIdentity
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
        operation(rpc.ChangePassword, use.change_password),
        operation(rpc.RequestPasswordReset, use.request_password_reset),
        operation(rpc.ResetPassword, use.reset_password),
        operation(rpc.RequestEmailChange, use.request_email_change),
        operation(rpc.ConfirmEmailChange, use.confirm_email_change),
        operation(rpc.DeleteAccount, use.delete_account),
        operation(rpc.ExportAccount, use.export_account),
        operation(rpc.ListProviders, use.list_providers),
        operation(rpc.BeginOauth, use.begin_oauth),
        operation(rpc.CompleteOauth, use.complete_oauth),
        operation(rpc.ListIdentities, use.list_identities),
        operation(rpc.UnlinkIdentity, use.unlink_identity),
        operation(rpc.SigningKeys, use.signing_keys),
        operation(rpc.GetMailDetails, use.mail_details),
        operation(rpc.SettleMail, use.settle_mail),
        operation(rpc.GetUserContact, use.user_contact),
    )
