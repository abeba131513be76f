"""Accounts elsewhere as the owner of one here sees and ends them."""

from __future__ import annotations

from uuid import UUID

from auth.domain.holdings import HeldIdentity
from auth.storage.session_repository import living, living_locked
from chassis.postgres import Connection, Database
from contracts.auth.rpc import OauthProvider
from contracts.context import RequestContext


async def identities_of(connection: Connection, user_id: UUID) -> list[HeldIdentity]:
    """Oldest first."""
    rows = await connection.fetch(
        "SELECT provider, subject, email, created_at FROM identities WHERE user_id = $1 ORDER BY created_at",
        user_id,
    )
    return [HeldIdentity(*row) for row in rows]


class OwnIdentityRepository:
    """Of the actor. Raises `unauthenticated` unless their session lives.

    And `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, context: RequestContext) -> list[HeldIdentity]:
        """All of them, oldest first."""
        async with self._database.connection(context) as connection:
            session = await living(connection, context)
            return await identities_of(connection, session.user_id)

    async def unlink(self, provider: OauthProvider, context: RequestContext) -> bool:
        """Those at a provider. False, and nothing is done, when they are the only way in."""
        async with self._database.transaction(context) as connection:
            session, _ = await living_locked(connection, context)
            other_way = await connection.fetchval(
                """
                SELECT password_hash IS NOT NULL OR EXISTS (
                    SELECT FROM identities WHERE user_id = users.id AND provider <> $2
                ) FROM users WHERE id = $1
                """,
                session.user_id,
                provider,
            )
            if other_way:
                await connection.execute(
                    "DELETE FROM identities WHERE user_id = $1 AND provider = $2", session.user_id, provider
                )
            return bool(other_way)
