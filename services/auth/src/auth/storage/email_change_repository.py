"""Addresses that take the place of others."""

from __future__ import annotations

import asyncpg

from auth.domain.account import LIVING_EMAIL_CHANGES
from auth.domain.address import Address
from auth.domain.letter import REST, LetterPurpose
from auth.storage.ended_sessions import end_all
from auth.storage.letter_repository import LetterRepository
from auth.storage.session_repository import living_locked
from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.auth.events import UserEmailChanged, UserEmailChangeRequested
from contracts.context import RequestContext


class EmailChangeRepository:
    """Each method locks the user's row first.

    Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, outbox: Outbox, letters: LetterRepository) -> None:
        self._outbox = outbox
        self._letters = letters

    async def request(self, address: Address, context: RequestContext) -> None:
        """Write to the new address, for the actor. Raises `unauthenticated` when their session is over.

        Nothing is written to an address that another account has verified: its owner could do nothing with
        the letter, and nothing became of their account. Nor to one that got such a letter in the last minute,
        whoever asked: each is a letter to somebody who may not have asked. The address waits all the same, so
        that neither the export nor what is counted tells which it was. Nothing waits beside five that do.
        """
        async with self._outbox.transaction(context) as connection:
            session, _ = await living_locked(connection, context)
            user_id = session.user_id
            row = await connection.fetchrow(
                """
                SELECT EXISTS (
                    SELECT FROM users WHERE email_key = $2 AND verified_at IS NOT NULL AND id <> $1
                ) OR EXISTS (
                    SELECT FROM email_changes WHERE email_key = $2 AND created_at > now() - $3::interval
                ) AS silent,
                (SELECT count(*) FROM email_changes WHERE user_id = $1) AS waiting
                """,
                user_id,
                address.key,
                REST,
            )
            assert row is not None
            if row["waiting"] >= LIVING_EMAIL_CHANGES:
                return
            event = UserEmailChangeRequested(user_id=user_id)
            purpose = LetterPurpose.CHANGE_EMAIL
            if row["silent"]:
                event_id = await self._letters.add_silent(connection, event, purpose, context)
            else:
                event_id = await self._letters.add(connection, event, purpose, address.email, context)
            await connection.execute(
                """
                INSERT INTO email_changes (event_id, user_id, email, email_key, session_id)
                VALUES ($1, $2, $3, $4, $5)
                """,
                event_id,
                user_id,
                address.email,
                address.key,
                session.id,
            )

    async def confirm(self, token_hash: bytes, context: RequestContext) -> bool:
        """Use a link: the account has the new address, and its old one is told and signs in nowhere else.

        False when it cannot be used (any more), the session that asked has ended, or the address became
        another account's: then nothing is changed. A sign-up that waits with the new address is discarded.
        """
        try:
            async with self._outbox.transaction(context) as connection:
                return await self._confirm(connection, token_hash, context)
        except asyncpg.UniqueViolationError:
            return False

    async def _confirm(self, connection: Connection, token_hash: bytes, context: RequestContext) -> bool:
        await self._letters.lock_user(connection, token_hash)
        change = await connection.fetchrow(
            """
            WITH used AS (
                UPDATE letters SET used_at = now()
                WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
                RETURNING event_id
            )
            SELECT sessions.user_id, email, email_key
            FROM used JOIN email_changes USING (event_id) JOIN sessions ON sessions.id = session_id
            """,
            token_hash,
            LetterPurpose.CHANGE_EMAIL,
        )
        if change is None:
            return False
        user_id = change["user_id"]
        await _discard_unverified(connection, change["email_key"])
        old = await connection.fetchval(
            "UPDATE users SET email = $2, email_key = $3 WHERE id = $1 RETURNING old.email",
            user_id,
            change["email"],
            change["email_key"],
        )
        # Of people who signed up with the old address.
        await connection.execute("DELETE FROM sign_ups WHERE user_id = $1", user_id)
        # Who has the old address may have what stands under it elsewhere.
        await connection.execute(
            "DELETE FROM identities WHERE user_id = $1 AND lower(email) = lower($2)", user_id, old
        )
        # Letters first, as the sweeper takes them.
        await self._letters.discard_links(connection, user_id)
        await connection.execute("DELETE FROM email_changes WHERE user_id = $1", user_id)
        await end_all(connection, self._outbox, user_id, context)
        event = UserEmailChanged(user_id=user_id)
        await self._letters.add(connection, event, LetterPurpose.NOTICE, old, context)
        return True


async def _discard_unverified(connection: Connection, email_key: str) -> None:
    # One that is verified in this moment stays, and its address with it.
    user_id = await connection.fetchval(
        "DELETE FROM users WHERE email_key = $1 AND verified_at IS NULL RETURNING id", email_key
    )
    # A statement of its own: it sees the letters of a sign-up that the first one waited for.
    await connection.execute("DELETE FROM letters WHERE user_id = $1", user_id)
