"""Sessions, from their opening to their end."""

from __future__ import annotations

from uuid import UUID

from auth.domain.account import SESSION_IDLE_LIFETIME, SESSION_LIFETIME
from auth.domain.session import ListedSession, LivingSession
from auth.storage.ended_sessions import end_all, end_one
from auth.storage.letter_repository import LetterRepository
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

LISTED = 1000


async def living(connection: Connection, context: RequestContext) -> LivingSession:
    """The actor's session. An access token outlives its session by minutes; what is done here does not.

    Raises `unauthenticated` when nobody asks, or the session is over.
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


async def living_locked(connection: Connection, context: RequestContext) -> tuple[LivingSession, str]:
    """`living`, and the user's address, behind a lock on the user's row until the transaction ends.

    First the row, then the session: each change of a password ends all sessions behind the same lock, so
    whoever has a session here has the password that opened it. That lock is the first that anybody takes.
    """
    user_id = context.actor.user_id if context.actor else None
    email = await connection.fetchval("SELECT email FROM users WHERE id = $1 FOR UPDATE", user_id)
    return await living(connection, context), email


async def sessions_of(connection: Connection, user_id: UUID) -> list[ListedSession]:
    """Those that live, newest first, 1,000 at most: a reply has an end."""
    rows = await connection.fetch(
        """
        SELECT sessions.id, sessions.created_at, refresh_tokens.created_at,
            least(idle_expires_at, expires_at)
        FROM sessions JOIN refresh_tokens ON session_id = sessions.id AND rotated_at IS NULL
        WHERE user_id = $1 AND least(idle_expires_at, expires_at) > now()
        ORDER BY sessions.id DESC LIMIT $2
        """,
        user_id,
        LISTED,
    )
    return [ListedSession(*row) for row in rows]


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


async def replace_session(
    connection: Connection,
    outbox: Outbox,
    session: LivingSession,
    refresh_token_hash: bytes,
    context: RequestContext,
) -> UUID:
    """The id of a new session in the place of one; the user's row is locked.

    It was signed in when the other was, and has no more guesses at the password: neither can be had anew.
    What the other asked for waits on.
    """
    guesses = await connection.fetchval(
        "SELECT password_guesses FROM sessions WHERE id = $1 FOR UPDATE", session.id
    )
    session_id = await open_session(connection, session.user_id, refresh_token_hash)
    await connection.execute(
        "UPDATE sessions SET created_at = $2, password_guesses = $3 WHERE id = $1",
        session_id,
        session.created_at,
        guesses,
    )
    await connection.execute(
        "UPDATE email_changes SET session_id = $2 WHERE user_id = $3 AND session_id = $1",
        session.id,
        session_id,
        session.user_id,
    )
    await end_one(connection, outbox, session.id, context)
    return session_id


class SessionRepository:
    """What the actor does with sessions. Raises `unauthenticated` unless the actor's own lives.

    And `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, database: Database, outbox: Outbox, letters: LetterRepository) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters

    async def list(self, context: RequestContext) -> tuple[LivingSession, list[ListedSession]]:
        """The actor's session, and all of the actor's, as `sessions_of` does."""
        async with self._database.connection(context) as connection:
            current = await living(connection, context)
            return current, await sessions_of(connection, current.user_id)

    async def end(self, session_id: UUID, context: RequestContext) -> bool:
        """False when it is none of the actor's."""
        async with self._outbox.transaction(context) as connection:
            current = await living(connection, context)
            return await end_one(connection, self._outbox, session_id, context, user_id=current.user_id)

    async def end_all(self, context: RequestContext) -> None:
        """And every link that was sent: who asked for it may be whom this is to keep out."""
        async with self._outbox.transaction(context) as connection:
            current, _ = await living_locked(connection, context)
            await self._letters.discard_links(connection, current.user_id)
            await end_all(connection, self._outbox, current.user_id, context)

    async def end_of_token(self, token_hash: bytes, context: RequestContext) -> None:
        """The session of a refresh token, also of a used one; with an actor, only of that user.

        Asks for no session of the actor's that lives, so that it may be repeated.
        """
        async with self._outbox.transaction(context) as connection:
            session_id = await connection.fetchval(
                "SELECT session_id FROM refresh_tokens WHERE token_hash = $1", token_hash
            )
            if session_id is not None:
                user_id = context.actor.user_id if context.actor else None
                await end_one(connection, self._outbox, session_id, context, user_id=user_id)
