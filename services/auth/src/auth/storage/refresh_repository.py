"""Refresh tokens: one of a session is current, those before it are known as used."""

from __future__ import annotations

from auth.domain.account import SESSION_IDLE_LIFETIME
from auth.domain.session import LivingSession, Refresh, RefreshOutcome, outcome_of
from auth.storage.ended_sessions import end_one
from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.context import RequestContext


class RefreshRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def refresh(self, used: bytes, successor: bytes, context: RequestContext) -> Refresh:
        """Put a token's successor in its place, or find out that it was used before; by their hashes.

        Times are those of the database when the transaction began, so that waiting for another refresh of
        the same session makes no token older. Once reuse is found, the session has ended.
        """
        async with self._outbox.transaction(context) as connection:
            row = await connection.fetchrow(
                """
                SELECT id, user_id, created_at FROM sessions
                WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1)
                    AND least(idle_expires_at, expires_at) > now()
                FOR NO KEY UPDATE
                """,
                used,
            )
            if row is None:
                return Refresh(RefreshOutcome.REFUSED)
            session = LivingSession(*row)
            # A statement of its own: it sees what was committed while the lock was waited for.
            token = await connection.fetchrow(
                """
                SELECT now() - used.rotated_at AS used_ago,
                    EXISTS (
                        SELECT FROM refresh_tokens WHERE token_hash = $2 AND rotated_at IS NULL
                    ) AS successor_is_current
                FROM refresh_tokens AS used WHERE used.token_hash = $1
                """,
                used,
                successor,
            )
            if token is None:
                return Refresh(RefreshOutcome.REFUSED)
            outcome = outcome_of(**token)
            if outcome is RefreshOutcome.REFRESHED:
                await _replace(connection, session, used, successor)
            if outcome is RefreshOutcome.REUSED:
                await end_one(connection, self._outbox, session.id, context)
        living = outcome in {RefreshOutcome.REFRESHED, RefreshOutcome.REPEATED}
        return Refresh(outcome, session if living else None)


async def _replace(connection: Connection, session: LivingSession, used: bytes, successor: bytes) -> None:
    await connection.execute(
        """
        WITH used AS (UPDATE refresh_tokens SET rotated_at = now() WHERE token_hash = $1)
        UPDATE sessions SET idle_expires_at = now() + $3::interval WHERE id = $2
        """,
        used,
        session.id,
        SESSION_IDLE_LIFETIME,
    )
    await connection.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id) VALUES ($1, $2)", successor, session.id
    )
