"""An account as its owner meets it, signed in."""

from __future__ import annotations

from auth.domain.letter import LetterPurpose
from auth.domain.owner import PASSWORD_GUESSES, Owner
from auth.storage.ended_sessions import end_all
from auth.storage.letter_repository import LetterRepository
from auth.storage.session_repository import living, living_locked
from chassis.outbox import Outbox
from chassis.postgres import Database
from contracts.auth.events import UserDeleted
from contracts.context import RequestContext


class OwnerRepository:
    """Of the actor. Raises `unauthenticated` when there is none, or their session is over.

    Also `unavailable` or `deadline_exceeded`, as `Database.connection` does.
    """

    def __init__(self, database: Database, outbox: Outbox, letters: LetterRepository) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters

    async def find(self, context: RequestContext) -> Owner:
        async with self._database.connection(context) as connection:
            session = await living(connection, context)
            password_hash = await connection.fetchval(
                "SELECT password_hash FROM users WHERE id = $1", session.user_id
            )
        return Owner(session.id, session.created_at, password_hash)

    async def take_guess(self, owner: Owner, context: RequestContext) -> bool:
        """Count a guess at the password; False when the session has used up its ten, or is over."""
        async with self._database.connection(context) as connection:
            taken = await connection.fetchval(
                """
                UPDATE sessions SET password_guesses = password_guesses + 1
                WHERE id = $1 AND password_guesses < $2 RETURNING true
                """,
                owner.session_id,
                PASSWORD_GUESSES,
            )
        return taken is not None

    async def forget_guesses(self, owner: Owner, context: RequestContext) -> None:
        """The password was right."""
        async with self._database.connection(context) as connection:
            await connection.execute(
                "UPDATE sessions SET password_guesses = 0 WHERE id = $1", owner.session_id
            )

    async def delete(self, context: RequestContext) -> None:
        """The account, and all that is here about it but the letter that says so."""
        async with self._outbox.transaction(context) as connection:
            session, email = await living_locked(connection, context)
            user_id = session.user_id
            await end_all(connection, self._outbox, user_id, context)
            await connection.execute("DELETE FROM letters WHERE user_id = $1", user_id)
            event = UserDeleted(user_id=user_id)
            await self._letters.add(connection, event, LetterPurpose.NOTICE, email, context)
            await connection.execute("DELETE FROM users WHERE id = $1", user_id)
