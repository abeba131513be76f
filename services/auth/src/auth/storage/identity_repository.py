"""Accounts elsewhere, and the accounts here that they sign in to."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from auth.domain.account import UNVERIFIED_LIFETIME
from auth.domain.address import AdmittedAddresses
from auth.domain.identity import VerifiedIdentity
from auth.domain.letter import LetterPurpose
from auth.domain.owner import check_recent
from auth.storage.letter_repository import LetterRepository
from auth.storage.session_repository import living_locked, open_session, replace_session
from auth.storage.sign_up_repository import discard_sign_ups
from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.actor import Actor
from contracts.auth.events import UserIdentityLinked, UserVerified
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class IdentityRepository:
    """Each method locks the user's row first, then the identity's, whose owner never changes.

    The owner of an account that was there before gets a letter about each identity that is new to it.

    Raises `oauth_identity_taken`, and `unavailable` or `deadline_exceeded` as `Database.connection` does.
    """

    def __init__(self, outbox: Outbox, letters: LetterRepository, admitted: AdmittedAddresses) -> None:
        self._outbox = outbox
        self._letters = letters
        self._admitted = admitted

    async def sign_in(
        self, identity: VerifiedIdentity, refresh_token_hash: bytes, context: RequestContext
    ) -> Actor:
        """A new session of the identity's account; else of the one that has its address; else of a new one.

        Raises `sign_up_closed` when there is none and none may be made.
        """
        async with self._outbox.transaction(context) as connection:
            user_id = await _owner(connection, identity)
            if user_id is None:
                user_id = await self._account_of(connection, identity, context)
            else:
                await _attach(connection, user_id, identity)
            return Actor(user_id, await open_session(connection, user_id, refresh_token_hash))

    async def link(
        self, identity: VerifiedIdentity, refresh_token_hash: bytes, context: RequestContext
    ) -> Actor:
        """The identity signs in to the actor's account from now on; a session takes the place of the actor's.

        It is as old as that one: whoever has an access token alone gains neither a recent sign-in nor
        guesses. Raises `unauthenticated` when the actor's session has ended, and `sign_in_again` when it was
        opened more than 10 minutes ago.
        """
        async with self._outbox.transaction(context) as connection:
            session, email = await living_locked(connection, context)
            check_recent(session.created_at, datetime.now(UTC))
            if await _attach(connection, session.user_id, identity):
                await self._tell(connection, session.user_id, email, context)
            session_id = await replace_session(connection, self._outbox, session, refresh_token_hash, context)
            return Actor(session.user_id, session_id)

    async def _account_of(
        self, connection: Connection, identity: VerifiedIdentity, context: RequestContext
    ) -> UUID:
        """The account with its address has it. What strangers may have prepared for it is dropped."""
        address = identity.address
        user = await connection.fetchrow(
            """
            INSERT INTO users (email_key, lapses_at) VALUES ($1, now() + $2::interval)
            ON CONFLICT (email_key) DO UPDATE SET lapses_at = users.lapses_at
            RETURNING id, email, verified_at
            """,
            address.key,
            UNVERIFIED_LIFETIME,
        )
        assert user is not None
        user_id: UUID = user["id"]
        if user["verified_at"] is None:
            self._admitted.check(address)
            await connection.execute(
                "UPDATE users SET email = $2, verified_at = now(), lapses_at = NULL WHERE id = $1",
                user_id,
                address.email,
            )
            await discard_sign_ups(connection, user_id)
            await self._outbox.add(connection, UserVerified(user_id=user_id), traceparent=context.traceparent)
        if await _attach(connection, user_id, identity) and user["verified_at"] is not None:
            await self._tell(connection, user_id, user["email"], context)
        return user_id

    async def _tell(self, connection: Connection, user_id: UUID, email: str, context: RequestContext) -> None:
        event = UserIdentityLinked(user_id=user_id)
        await self._letters.add(connection, event, LetterPurpose.NOTICE, email, context)


async def _owner(connection: Connection, identity: VerifiedIdentity) -> UUID | None:
    user_id: UUID | None = await connection.fetchval(
        """
        SELECT users.id FROM identities JOIN users ON users.id = user_id
        WHERE provider = $1 AND subject = $2 FOR NO KEY UPDATE OF users
        """,
        identity.provider,
        identity.subject,
    )
    if user_id is None:
        return None
    # A statement of its own: it sees whether it was unlinked while the lock was waited for.
    owner: UUID | None = await connection.fetchval(
        "SELECT user_id FROM identities WHERE provider = $1 AND subject = $2",
        identity.provider,
        identity.subject,
    )
    return owner


async def _attach(connection: Connection, user_id: UUID, identity: VerifiedIdentity) -> bool:
    """Whether it is new to the user."""
    attached = await connection.fetchrow(
        """
        INSERT INTO identities (provider, subject, user_id, email) VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider, subject) DO UPDATE SET email = excluded.email
            WHERE identities.user_id = excluded.user_id
        RETURNING old.user_id IS NULL AS is_new
        """,
        identity.provider,
        identity.subject,
        user_id,
        identity.address.email,
    )
    if attached is None:
        raise ServiceError(
            ErrorCode.OAUTH_IDENTITY_TAKEN, "That account elsewhere signs in to another account here."
        )
    return bool(attached["is_new"])
