"""Events that become letters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from auth.crypto.one_time_links import OneTimeLinks, token_hash
from auth.domain.letter import LIFETIMES, PAGES, REST, Letter, LetterPurpose
from chassis.outbox import Outbox
from chassis.postgres import Connection, Database
from contracts.auth.events import UserEvent
from contracts.context import RequestContext


class LetterRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(
        self, database: Database, outbox: Outbox, links: OneTimeLinks, metrics: CollectorRegistry
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._links = links
        self._letters = Counter(
            "auth_letters", "Letters asked of the mailer, by purpose", ["purpose"], registry=metrics
        )

    async def add(
        self,
        connection: Connection,
        event: UserEvent,
        purpose: LetterPurpose,
        recipient: str,
        context: RequestContext,
        *,
        sign_up_id: UUID | None = None,
        requested_at: datetime | None = None,
    ) -> UUID:
        """Emit the event, and keep what its letter needs, in the transaction of `connection`.

        Gives the event's id.
        """
        # For `withhold` to cost the same.
        async with connection.transaction():
            event_id = await self._write(
                connection,
                event,
                purpose,
                recipient,
                context,
                sign_up_id=sign_up_id,
                requested_at=requested_at,
            )
        self._letters.labels(purpose).inc()
        return event_id

    async def withhold(
        self,
        connection: Connection,
        event: UserEvent,
        purpose: LetterPurpose,
        recipient: str,
        context: RequestContext,
    ) -> None:
        """The work of `add`, and nothing of it stays: how long it takes tells nothing of who gets a letter.

        The disk is waited for as well: what was written before it was taken back is flushed by the commit.
        """
        savepoint = connection.transaction()
        await savepoint.start()
        await self._write(connection, event, purpose, recipient, context)
        await savepoint.rollback()

    async def add_silent(
        self, connection: Connection, event: UserEvent, purpose: LetterPurpose, context: RequestContext
    ) -> UUID:
        """The row that `add` writes, for a letter that nobody gets: without recipient, and without its event.

        So that what hangs on it counts, shows and ends as with one that was sent. Its link is told to nobody.
        """
        savepoint = connection.transaction()
        await savepoint.start()
        event_id = await self._outbox.add(connection, event, traceparent=context.traceparent)
        await savepoint.rollback()
        await self._keep(connection, event_id, event, purpose, None)
        return event_id

    async def _write(
        self,
        connection: Connection,
        event: UserEvent,
        purpose: LetterPurpose,
        recipient: str,
        context: RequestContext,
        *,
        sign_up_id: UUID | None = None,
        requested_at: datetime | None = None,
    ) -> UUID:
        event_id = await self._outbox.add(connection, event, traceparent=context.traceparent)
        await self._keep(
            connection,
            event_id,
            event,
            purpose,
            recipient,
            sign_up_id=sign_up_id,
            requested_at=requested_at,
        )
        return event_id

    async def _keep(
        self,
        connection: Connection,
        event_id: UUID,
        event: UserEvent,
        purpose: LetterPurpose,
        recipient: str | None,
        *,
        sign_up_id: UUID | None = None,
        requested_at: datetime | None = None,
    ) -> None:
        hashed = token_hash(self._links.token(purpose, event_id)) if purpose in PAGES else None
        await connection.execute(
            """
            INSERT INTO letters
                (event_id, purpose, user_id, sign_up_id, recipient, token_hash, requested_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, now()), now() + $8::interval)
            """,
            event_id,
            purpose,
            event.user_id,
            sign_up_id,
            recipient,
            hashed,
            requested_at,
            LIFETIMES[purpose],
        )

    async def rests(self, connection: Connection, user_id: UUID, purpose: LetterPurpose) -> bool:
        """The last letter of this purpose is less than a minute old.

        Of this purpose, so that nobody withholds a reset by signing up with the address of another. None
        comes between while the user's row is locked.
        """
        recent = await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM letters
                WHERE user_id = $1 AND created_at > now() - $2::interval AND purpose = $3
            )
            """,
            user_id,
            REST,
            purpose,
        )
        return bool(recent)

    async def lock_user(self, connection: Connection, token_hash: bytes) -> None:
        """Whose link it is, until the transaction ends.

        What follows is a statement of its own: it sees what was committed while the lock was waited for.
        """
        await connection.execute(
            "SELECT FROM users WHERE id = (SELECT user_id FROM letters WHERE token_hash = $1) FOR UPDATE",
            token_hash,
        )

    async def discard_links(self, connection: Connection, user_id: UUID) -> None:
        """Those that nobody used, of every purpose."""
        await connection.execute(
            "DELETE FROM letters WHERE user_id = $1 AND token_hash IS NOT NULL AND used_at IS NULL", user_id
        )

    async def find(self, event_id: UUID, context: RequestContext) -> Letter | None:
        """None when it was sent, its link was used, it has expired, or another took its place."""
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(
                """
                SELECT purpose, recipient, requested_at FROM letters
                WHERE event_id = $1 AND recipient IS NOT NULL AND used_at IS NULL AND expires_at > now()
                """,
                event_id,
            )
        if row is None:
            return None
        return Letter(LetterPurpose(row["purpose"]), row["recipient"], row["requested_at"])

    async def forget_recipient(self, event_id: UUID, context: RequestContext) -> None:
        """Of an account that is gone, forget the letter as well."""
        async with self._database.connection(context) as connection:
            await connection.execute("UPDATE letters SET recipient = NULL WHERE event_id = $1", event_id)
            await connection.execute(
                """
                DELETE FROM letters
                WHERE event_id = $1 AND NOT EXISTS (SELECT FROM users WHERE users.id = letters.user_id)
                """,
                event_id,
            )
