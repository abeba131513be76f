"""Accounts as those who sign in meet them."""

from __future__ import annotations

from uuid import UUID

from auth.domain.account import Account, Credentials, KnownPasswords
from auth.domain.address import Address
from auth.storage.session_repository import living, open_session
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class AccountRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known_passwords(self, address: Address, context: RequestContext) -> KnownPasswords:
        """Of the account if it has one, and of the latest sign-up that lives."""
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(
                """
                SELECT users.id, users.password_hash, (
                    SELECT sign_ups.password_hash FROM sign_ups
                    WHERE user_id = users.id AND expires_at > now() ORDER BY id DESC LIMIT 1
                ) AS sign_up_hash
                FROM users WHERE email_key = $1
                """,
                address.key,
            )
        if row is None:
            return KnownPasswords()
        account = Credentials(row["id"], row["password_hash"]) if row["password_hash"] else None
        return KnownPasswords(account, row["sign_up_hash"])

    async def open_session(
        self, credentials: Credentials, refresh_token_hash: bytes, context: RequestContext
    ) -> UUID | None:
        """The id of a new session; None when the password is another by now: none outlives its password."""
        async with self._database.transaction(context) as connection:
            found = await connection.fetchval(
                "SELECT true FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE",
                credentials.user_id,
                credentials.password_hash,
            )
            if found is None:
                return None
            return await open_session(connection, credentials.user_id, refresh_token_hash)

    async def replace_hash(self, credentials: Credentials, password_hash: str) -> None:
        """Another hash of the same password; nothing happens when the password is another by now."""
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
                credentials.user_id,
                credentials.password_hash,
                password_hash,
            )

    async def current(self, context: RequestContext) -> Account:
        """The actor's. Raises `unauthenticated` unless the actor's session lives."""
        async with self._database.connection(context) as connection:
            session = await living(connection, context)
            return await account_of(connection, session.user_id)

    async def verified_email(self, user_id: UUID, context: RequestContext) -> str | None:
        async with self._database.connection(context) as connection:
            email: str | None = await connection.fetchval("SELECT email FROM users WHERE id = $1", user_id)
        return email


async def account_of(connection: Connection, user_id: UUID) -> Account:
    """Raises `unauthenticated` when it was deleted meanwhile."""
    row = await connection.fetchrow(
        """
        SELECT id, email, created_at, last_login_at, password_hash IS NOT NULL
        FROM users WHERE id = $1 AND verified_at IS NOT NULL
        """,
        user_id,
    )
    if row is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "There is no such account any more.")
    return Account(*row)
