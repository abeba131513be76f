"""Sessions, from their opening to their end."""

from __future__ import annotations

from uuid import UUID

from auth.domain.account import SESSION_IDLE_LIFETIME, SESSION_LIFETIME
from auth.domain.session import LivingSession
from chassis.postgres import Connection
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


async def living(connection: Connection, context: RequestContext) -> LivingSession:
    """The actor's session. An access token outlives its session by minutes; what is done here does not.

    Raises `unauthenticated` when nobody asks, or the session is over. In a transaction, lock the user's row
    first: no reset, change or deletion comes between then.
    """
    if context.actor is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in first.")
    row = await connection.fetchrow(
        """
        SELECT id, user_id, created_at FROM sessions
        WHERE id = $1 AND user_id = $2 AND least(idle_expires_at, expires_at) > now()
        """,
        context.actor.session_id,
        context.actor.user_id,
    )
    if row is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, "This session has ended. Sign in again.")
    return LivingSession(*row)


async def open_session(connection: Connection, user_id: UUID, refresh_token_hash: bytes) -> UUID:
    """The id of a new session of a user whose row the transaction of `connection` has locked."""
    session_id: UUID = await connection.fetchval(
        """
        WITH signed_in AS (UPDATE users SET last_login_at = now() WHERE id = $1)
        INSERT INTO sessions (user_id, idle_expires_at, expires_at)
        VALUES ($1, now() + $2::interval, now() + $3::interval) RETURNING id
        """,
        user_id,
        SESSION_IDLE_LIFETIME,
        SESSION_LIFETIME,
    )
    await connection.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id) VALUES ($1, $2)", refresh_token_hash, session_id
    )
    return session_id
