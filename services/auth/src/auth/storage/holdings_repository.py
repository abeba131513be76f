"""Everything that is held about an account."""

from __future__ import annotations

from auth.domain.holdings import Holdings, WaitingEmail
from auth.storage.account_repository import account_of
from auth.storage.own_identity_repository import identities_of
from auth.storage.session_repository import living, sessions_of
from chassis.postgres import Database
from contracts.context import RequestContext


class HoldingsRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, context: RequestContext) -> Holdings:
        """The actor's. Raises `unauthenticated` unless the actor's session lives."""
        async with self._database.connection(context) as connection:
            session = await living(connection, context)
            account = await account_of(connection, session.user_id)
            sessions = await sessions_of(connection, session.user_id)
            identities = await identities_of(connection, session.user_id)
            email_changes = await connection.fetch(
                """
                SELECT email, email_changes.created_at, expires_at
                FROM email_changes JOIN letters USING (event_id)
                WHERE email_changes.user_id = $1 ORDER BY event_id
                """,
                session.user_id,
            )
        return Holdings(
            account,
            session,
            sessions,
            identities,
            [WaitingEmail(*row) for row in email_changes],
        )
