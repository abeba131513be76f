"""Passwords that take the place of others."""

from __future__ import annotations

from uuid import UUID, uuid4

from auth.domain.address import Address
from auth.domain.letter import LetterPurpose
from auth.storage.ended_sessions import end_all
from auth.storage.letter_repository import LetterRepository
from auth.storage.session_repository import living_locked
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.auth.events import UserPasswordChanged, UserPasswordResetRequested
from contracts.context import RequestContext


class PasswordRepository:
    """Whatever changes locks the user's row first, as a sign-in does: no session outlives its password.

    Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, database: Database, outbox: Outbox, letters: LetterRepository) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters

    async def change(self, password_hash: str, context: RequestContext) -> None:
        """The actor's. Raises `unauthenticated` when their session is over by now."""
        async with self._outbox.transaction(context) as connection:
            session, email = await living_locked(connection, context)
            await connection.execute(
                "UPDATE users SET password_hash = $2 WHERE id = $1", session.user_id, password_hash
            )
            await self._changed(connection, session.user_id, email, context)

    async def request_reset(self, address: Address, context: RequestContext) -> None:
        """Write to a verified address, unless the last such letter is less than a minute old.

        Whether or not it does, the same statements are run.
        """
        async with self._outbox.transaction(context) as connection:
            user = await connection.fetchrow(
                """
                SELECT id, email FROM users WHERE email_key = $1 AND verified_at IS NOT NULL
                FOR NO KEY UPDATE
                """,
                address.key,
            )
            user_id = user["id"] if user else uuid4()
            event = UserPasswordResetRequested(user_id=user_id)
            rests = await self._letters.rests(connection, user_id, LetterPurpose.RESET)
            if user is None or rests:
                await self._letters.withhold(connection, event, LetterPurpose.RESET, address.email, context)
            else:
                await self._letters.add(connection, event, LetterPurpose.RESET, user["email"], context)

    async def may_reset(self, token_hash: bytes, context: RequestContext) -> bool:
        """The link could be used, as of now."""
        async with self._database.connection(context) as connection:
            return bool(
                await connection.fetchval(
                    """
                    SELECT EXISTS (
                        SELECT FROM letters
                        WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
                    )
                    """,
                    token_hash,
                    LetterPurpose.RESET,
                )
            )

    async def reset(self, token_hash: bytes, password_hash: str, context: RequestContext) -> bool:
        """Use a link. False when it cannot be used (any more)."""
        async with self._outbox.transaction(context) as connection:
            await self._letters.lock_user(connection, token_hash)
            user = await connection.fetchrow(
                """
                WITH used AS (
                    UPDATE letters SET used_at = now()
                    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
                    RETURNING user_id
                )
                UPDATE users SET password_hash = $3 FROM used WHERE users.id = used.user_id
                RETURNING users.id, users.email
                """,
                token_hash,
                LetterPurpose.RESET,
                password_hash,
            )
            if user is None:
                return False
            await self._changed(connection, user["id"], user["email"], context)
            return True

    async def _changed(
        self, connection: Connection, user_id: UUID, email: str, context: RequestContext
    ) -> None:
        await self._letters.discard_links(connection, user_id)
        await end_all(connection, self._outbox, user_id, context)
        event = UserPasswordChanged(user_id=user_id)
        await self._letters.add(connection, event, LetterPurpose.NOTICE, email, context)
