"""Open a session."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from auth.crypto.one_time_links import token_hash
from auth.crypto.session_tokens import SessionTokens
from auth.domain.account import Credentials, KnownPasswords
from auth.domain.address import Address, address_of
from chassis.passwords import PasswordHashing
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

# Once more, when the hash was replaced between comparison and session.
ATTEMPTS = 2


class Accounts(Protocol):
    async def known_passwords(self, address: Address, context: RequestContext) -> KnownPasswords: ...

    async def open_session(
        self, credentials: Credentials, refresh_token_hash: bytes, context: RequestContext
    ) -> UUID | None: ...


class Rehashes(Protocol):
    def consider(self, credentials: Credentials, password: str) -> None: ...


class SignIn:
    """Two hashes are compared, whatever the address: how long it takes tells nothing of who is known.

    Nor does the answer: who signs up and then signs in is told `user_not_activated`, also when the address
    has a verified account, unless the password is that account's.
    """

    def __init__(
        self,
        accounts: Accounts,
        passwords: PasswordHashing,
        tokens: SessionTokens,
        rehashes: Rehashes,
        metrics: CollectorRegistry,
        *,
        hash_of_nobody: str,
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._tokens = tokens
        self._rehashes = rehashes
        self._hash_of_nobody = hash_of_nobody
        self._done = Counter(
            "auth_sign_ins",
            "Sign-ins by outcome: opened, credentials_wrong, user_not_activated",
            ["outcome"],
            registry=metrics,
        )

    async def __call__(self, request: rpc.SignIn, context: RequestContext) -> rpc.Tokens:
        """Raises `credentials_wrong`, `user_not_activated`."""
        try:
            tokens = await self._tokens_for(request, context)
        except ServiceError as error:
            if error.code in {ErrorCode.CREDENTIALS_WRONG, ErrorCode.USER_NOT_ACTIVATED}:
                self._done.labels(error.code).inc()
            raise
        self._done.labels("opened").inc()
        return tokens

    async def _tokens_for(self, request: rpc.SignIn, context: RequestContext) -> rpc.Tokens:
        address = _address(request.email)
        refresh_token = self._tokens.first()
        for _ in range(ATTEMPTS):
            known = await self._accounts.known_passwords(address, context) if address else KnownPasswords()
            account = known.account
            with self._passwords.place():
                right = await self._is(request.password, account.password_hash if account else None, context)
                waits = await self._is(request.password, known.latest_sign_up_hash, context)
            if account is None or not right:
                if waits:
                    raise ServiceError(ErrorCode.USER_NOT_ACTIVATED, "user is not activated")
                break
            access_tokens = await self._tokens.signing(context)
            session_id = await self._accounts.open_session(account, token_hash(refresh_token), context)
            if session_id is not None:
                self._rehashes.consider(account, request.password)
                access_token = access_tokens.token(account.user_id, session_id)
                return rpc.Tokens(access_token=access_token, refresh_token=refresh_token)
        raise ServiceError(ErrorCode.CREDENTIALS_WRONG, "The e-mail address or the password is wrong.")

    async def _is(self, password: str, password_hash: str | None, context: RequestContext) -> bool:
        right = await self._passwords.matches(password, password_hash or self._hash_of_nobody, context)
        return right and password_hash is not None


def _address(text: str) -> Address | None:
    try:
        return address_of(text)
    except ServiceError:
        return None  # what is no address is nobody's
