"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from auth.commands.begin_oauth import BeginOauth, Elsewhere
from auth.commands.change_password import ChangePassword
from auth.commands.check_owner import CheckOwner
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
from auth.crypto.one_time_links import OneTimeLinks
from auth.crypto.root_secret import RootSecret
from auth.crypto.session_tokens import SessionTokens
from auth.crypto.signing_key import KeySealing
from auth.domain.password import CommonPasswords
from auth.queries.current_user import GetCurrentUser
from auth.queries.export_account import ExportAccount
from auth.queries.list_identities import ListIdentities
from auth.queries.list_providers import ListProviders
from auth.queries.list_sessions import ListSessions
from auth.queries.mail_details import GetMailDetails
from auth.queries.signing_keys import GetSigningKeys
from auth.queries.user_contact import GetUserContact
from auth.rehasher import Rehasher
from auth.rpc import UseCases, operations
from auth.settings import AuthSettings
from auth.storage.account_repository import AccountRepository
from auth.storage.email_change_repository import EmailChangeRepository
from auth.storage.holdings_repository import HoldingsRepository
from auth.storage.identity_repository import IdentityRepository
from auth.storage.letter_repository import LetterRepository
from auth.storage.own_identity_repository import OwnIdentityRepository
from auth.storage.owner_repository import OwnerRepository
from auth.storage.password_repository import PasswordRepository
from auth.storage.refresh_repository import RefreshRepository
from auth.storage.session_repository import SessionRepository
from auth.storage.sign_up_repository import SignUpRepository
from auth.storage.signing_key_repository import SigningKeyRepository
from auth.storage.upkeep_repository import UpkeepRepository
from auth.sweeper import Sweeper
from chassis import broker, postgres, rpc_server
from chassis.outbox import Outbox
from chassis.passwords import PasswordHashing, password_hashing
from chassis.postgres import Database
from chassis.relay import relaying
from chassis.runtime import Runtime
from contracts.context import RequestContext, request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process answers with, and what it does beside."""

    use: UseCases
    outbox: Outbox
    sweeper: Sweeper
    rehasher: Rehasher


@asynccontextmanager
async def compose(runtime: Runtime[AuthSettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    async with (
        password_hashing(runtime.metrics) as passwords,
        postgres.connected(runtime) as database,
        elsewhere(runtime) as there,
        broker.connected(runtime) as client,
    ):
        it = await parts(runtime, database, passwords, there)
        async with (
            relaying(runtime, client, database, it.outbox),
            runtime.background("sweeper", it.sweeper.run),
            runtime.background("rehasher", it.rehasher.run),
            rpc_server.serving(runtime, client, operations(it.use)),
        ):
            yield


@asynccontextmanager
async def elsewhere(runtime: Runtime[AuthSettings]) -> AsyncIterator[Elsewhere]:
    """The providers that are configured; without any, nothing is imported or connected for them."""
    if not runtime.settings.oauth_providers:
        yield {}
        return
    # With redis and Authlib, which take 8 MiB.
    from auth.elsewhere import providers  # noqa: PLC0415

    async with providers(runtime) as there:
        yield there


async def parts(
    runtime: Runtime[AuthSettings], database: Database, passwords: PasswordHashing, there: Elsewhere
) -> Parts:
    """Everything over one database. Makes the first signing key if there is none.

    Raises `SettingsError` for a secret that does not open the key that is there.
    """
    settings, metrics = runtime.settings, runtime.metrics
    secret = RootSecret(settings.secret.get_secret_value())
    links = OneTimeLinks(secret, str(settings.public_url))
    outbox = Outbox(database)
    letters = LetterRepository(database, outbox, links, metrics)
    sign_ups = SignUpRepository(outbox, letters)
    accounts = AccountRepository(database)
    owners = OwnerRepository(database, outbox, letters)
    owner = CheckOwner(owners, passwords)
    own_passwords = PasswordRepository(database, outbox, letters)
    email_changes = EmailChangeRepository(outbox, letters)
    identities = IdentityRepository(outbox, letters, settings.admitted)
    own_identities = OwnIdentityRepository(database)
    common = CommonPasswords()
    keys = SigningKeyRepository(database)
    sealing = KeySealing(secret)
    sealing.opened(await keys.newest(sealing.new_key()))
    tokens = SessionTokens(keys, secret, issuer=settings.token_issuer, audience=settings.token_audience)
    sessions = SessionRepository(database, outbox, letters)
    rehasher = Rehasher(accounts, passwords, runtime.log)
    start = RequestContext.lasting(settings.start_timeout, request_id=request_id())
    use = UseCases(
        sign_up=SignUp(sign_ups, passwords, common, settings.admitted, metrics),
        verify_email=VerifyEmail(sign_ups),
        resend_verification=ResendVerification(sign_ups),
        sign_in=SignIn(
            accounts,
            passwords,
            tokens,
            rehasher,
            metrics,
            hash_of_nobody=await passwords.hash(secrets.token_urlsafe(), start),
        ),
        refresh_session=RefreshSession(RefreshRepository(outbox), tokens, metrics),
        sign_out=SignOut(sessions),
        sign_out_everywhere=SignOutEverywhere(sessions),
        revoke_session=RevokeSession(sessions),
        list_sessions=ListSessions(sessions),
        current_user=GetCurrentUser(accounts),
        change_password=ChangePassword(owner, own_passwords, passwords, common),
        request_password_reset=RequestPasswordReset(own_passwords),
        reset_password=ResetPassword(own_passwords, passwords, common),
        request_email_change=RequestEmailChange(owner, email_changes, settings.admitted),
        confirm_email_change=ConfirmEmailChange(email_changes),
        delete_account=DeleteAccount(owner, owners),
        export_account=ExportAccount(HoldingsRepository(database)),
        list_providers=ListProviders(there),
        begin_oauth=BeginOauth(there),
        complete_oauth=CompleteOauth(there, identities, tokens, metrics),
        list_identities=ListIdentities(own_identities),
        unlink_identity=UnlinkIdentity(own_identities),
        signing_keys=GetSigningKeys(keys),
        mail_details=GetMailDetails(letters, links),
        settle_mail=SettleMail(letters),
        user_contact=GetUserContact(accounts),
    )
    sweeper = Sweeper(
        UpkeepRepository(database), keys, interval=settings.sweep_interval, log=runtime.log, metrics=metrics
    )
    return Parts(use=use, outbox=outbox, sweeper=sweeper, rehasher=rehasher)
