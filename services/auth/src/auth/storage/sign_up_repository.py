"""Accounts on their way: sign-ups, and the links that verify them."""

from __future__ import annotations

from uuid import UUID, uuid4

from auth.domain.account import LIVING_SIGN_UPS, UNVERIFIED_LIFETIME
from auth.domain.address import Address
from auth.domain.letter import LetterPurpose
from auth.storage.letter_repository import LetterRepository
from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.auth.events import (
    UserSignedUp,
    UserSignUpRepeated,
    UserVerificationRequested,
    UserVerified,
)
from contracts.context import RequestContext


class SignUpRepository:
    """Each method locks the user's row first, so that none of them meets another half done.

    Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, outbox: Outbox, letters: LetterRepository) -> None:
        self._outbox = outbox
        self._letters = letters

    async def add(self, address: Address, password_hash: str, context: RequestContext) -> None:
        """Keep a sign-up and write its letter; for a verified address write to the owner.

        A verified address's is kept without a link: it opens nothing, and makes the next sign-in answer as
        it does for any other address. Nothing happens while five sign-ups of the address live.
        """
        async with self._outbox.transaction(context) as connection:
            user = await connection.fetchrow(
                """
                INSERT INTO users (email_key, lapses_at) VALUES ($1, now() + $2::interval)
                ON CONFLICT (email_key) DO UPDATE
                    SET lapses_at = CASE WHEN users.verified_at IS NULL THEN excluded.lapses_at END
                RETURNING id, email
                """,
                address.key,
                UNVERIFIED_LIFETIME,
            )
            assert user is not None
            living = await connection.fetchval(
                "SELECT count(*) FROM sign_ups WHERE user_id = $1 AND expires_at > now()", user["id"]
            )
            if living >= LIVING_SIGN_UPS:
                return
            sign_up_id = await connection.fetchval(
                """
                INSERT INTO sign_ups (user_id, email, password_hash, expires_at)
                VALUES ($1, $2, $3, now() + $4::interval) RETURNING id
                """,
                user["id"],
                address.email,
                password_hash,
                UNVERIFIED_LIFETIME,
            )
            # Asked of every address, so that it costs the same; no other has had such a letter.
            rests = await self._letters.rests(connection, user["id"], LetterPurpose.NOTICE)
            if user["email"] is None:
                await self._letters.add(
                    connection,
                    UserSignedUp(user_id=user["id"]),
                    LetterPurpose.VERIFY,
                    address.email,
                    context,
                    sign_up_id=sign_up_id,
                )
                return
            tell = self._letters.withhold if rests else self._letters.add
            event = UserSignUpRepeated(user_id=user["id"])
            await tell(connection, event, LetterPurpose.NOTICE, user["email"], context)

    async def resend(self, address: Address, context: RequestContext) -> None:
        """Write once more for the latest sign-up, which lives on as long as the new link.

        No letter is written for a verified address, or when the last is less than a minute old; the sign-up
        lives on all the same, so that its end tells nothing, and the same is written and taken back.
        """
        async with self._outbox.transaction(context) as connection:
            user = await connection.fetchrow(
                "SELECT id, email FROM users WHERE email_key = $1 FOR NO KEY UPDATE", address.key
            )
            user_id = user["id"] if user else uuid4()
            sign_up = await connection.fetchrow(
                """
                UPDATE sign_ups SET expires_at = now() + $2::interval
                WHERE id = (
                    SELECT id FROM sign_ups WHERE user_id = $1 AND expires_at > now()
                    ORDER BY id DESC LIMIT 1
                )
                RETURNING id, email, created_at
                """,
                user_id,
                UNVERIFIED_LIFETIME,
            )
            event = UserVerificationRequested(user_id=user_id)
            waiting = sign_up if user is not None and user["email"] is None else None
            # Both are asked of every address, so that it costs the same.
            await connection.execute(
                "UPDATE users SET lapses_at = now() + $2::interval WHERE id = $1 AND $3",
                user_id,
                UNVERIFIED_LIFETIME,
                waiting is not None,
            )
            rests = await self._letters.rests(connection, user_id, LetterPurpose.VERIFY)
            if waiting is None or rests:
                await self._letters.withhold(connection, event, LetterPurpose.VERIFY, address.email, context)
                return
            await self._letters.add(
                connection,
                event,
                LetterPurpose.VERIFY,
                waiting["email"],
                context,
                sign_up_id=waiting["id"],
                requested_at=waiting["created_at"],
            )

    async def verify(self, token_hash: bytes, context: RequestContext) -> bool:
        """Use a link: its sign-up's address and password become the account's, the others are discarded.

        False when it cannot be used (any more).
        """
        async with self._outbox.transaction(context) as connection:
            await self._letters.lock_user(connection, token_hash)
            user_id = await connection.fetchval(
                """
                WITH used AS (
                    UPDATE letters SET used_at = now()
                    WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
                    RETURNING user_id, sign_up_id
                )
                UPDATE users SET email = sign_ups.email, password_hash = sign_ups.password_hash,
                    verified_at = now(), lapses_at = NULL
                FROM used JOIN sign_ups ON sign_ups.id = used.sign_up_id
                WHERE users.id = used.user_id
                RETURNING users.id
                """,
                token_hash,
                LetterPurpose.VERIFY,
            )
            if user_id is None:
                return False
            await discard_sign_ups(connection, user_id)
            await self._outbox.add(connection, UserVerified(user_id=user_id), traceparent=context.traceparent)
            return True


async def discard_sign_ups(connection: Connection, user_id: UUID) -> None:
    """Their passwords and their links, of a user whose row the transaction of `connection` has locked."""
    await connection.execute("DELETE FROM sign_ups WHERE user_id = $1", user_id)
    await connection.execute(
        "DELETE FROM letters WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
        user_id,
        LetterPurpose.VERIFY,
    )
