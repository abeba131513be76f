"""Accounts elsewhere, and the accounts here that they sign in to."""

from __future__ import annotations

from uuid import UUID

from auth.domain.account import UNVERIFIED_LIFETIME
from auth.domain.address import Address, AdmittedAddresses
from auth.domain.identity import VerifiedIdentity
from auth.storage.session_repository import living_locked, open_session
from auth.storage.sign_up_repository import discard_sign_ups
from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.actor import Actor
from contracts.auth.events import UserVerified
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class IdentityRepository:
    """Each method locks the user's row first, then the identity's, whose owner never changes.

    Raises `oauth_identity_taken`, and `unavailable` or `deadline_exceeded` as `Database.connection` does.
    """

    def __init__(self, outbox: Outbox, admitted: AdmittedAddresses) -> None:
        self._outbox = outbox
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
                user_id = await self._account_of(connection, identity.address, context)
            return await _enter(connection, user_id, identity, refresh_token_hash)

    async def link(
        self, identity: VerifiedIdentity, refresh_token_hash: bytes, context: RequestContext
    ) -> Actor:
        """The identity signs in to the actor's account from now on, and does so at once.

        Raises `unauthenticated` when the actor's session has ended.
        """
        async with self._outbox.transaction(context) as connection:
            session = await living_locked(connection, context)
            return await _enter(connection, session.user_id, identity, refresh_token_hash)

    async def _account_of(self, connection: Connection, address: Address, context: RequestContext) -> UUID:
        """The account with a verified address. What strangers may have prepared for it is dropped."""
        user = await connection.fetchrow(
            """
            INSERT INTO users (email_key, lapses_at) VALUES ($1, now() + $2::interval)
            ON CONFLICT (email_key) DO UPDATE SET lapses_at = users.lapses_at
            RETURNING id, verified_at
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
        return user_id


async def _owner(connection: Connection, identity: VerifiedIdentity) -> UUID | None:
    user_id: UUID | None = await connection.fetchval(
        """
        SELECT users.id FROM identities JOIN users ON users.id = user_id
        WHERE provider = $1 AND subject = $2 FOR NO KEY UPDATE OF users
        """,
        identity.provider,
        identity.subject,
    )
    return user_id


async def _enter(
    connection: Connection, user_id: UUID, identity: VerifiedIdentity, refresh_token_hash: bytes
) -> Actor:
    owned = await connection.fetchval(
        """
        INSERT INTO identities (provider, subject, user_id, email) VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider, subject) DO UPDATE SET email = excluded.email
            WHERE identities.user_id = excluded.user_id
        RETURNING true
        """,
        identity.provider,
        identity.subject,
        user_id,
        identity.address.email,
    )
    if not owned:
        raise ServiceError(
            ErrorCode.OAUTH_IDENTITY_TAKEN, "That account elsewhere signs in to another account here."
        )
    return Actor(user_id, await open_session(connection, user_id, refresh_token_hash))
