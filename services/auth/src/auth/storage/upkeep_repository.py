"""What time does to accounts. In batches, and safe with many at once: what one has in hand others skip."""

from __future__ import annotations

from datetime import timedelta

from auth.domain.session import USED_TOKENS_KNOWN_FOR
from chassis.postgres import Database

BATCH = 500


class UpkeepRepository:
    """Each method does one batch and tells how much; repeat until it is nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_letters(self) -> int:
        """Letters that have expired, and with them to whom they went."""
        return await self._batch("letters", "event_id", "expires_at <= now()")

    async def forget_sign_ups(self) -> int:
        """Sign-ups whose link nobody used."""
        return await self._batch("sign_ups", "id", "expires_at <= now()")

    async def forget_unverified(self) -> int:
        """Accounts whose address nobody verified."""
        return await self._batch("users", "id", "lapses_at <= now()")

    async def forget_used_tokens(self) -> int:
        """Refresh tokens that were used so long ago that nobody comes back with one and means well."""
        return await self._batch(
            "refresh_tokens", "token_hash", "rotated_at <= now() - $2::interval", USED_TOKENS_KNOWN_FOR
        )

    async def end_sessions(self) -> int:
        """Sessions that were not used for too long, or are too old."""
        return await self._batch("sessions", "id", "least(idle_expires_at, expires_at) <= now()")

    async def _batch(self, table: str, key: str, due: str, *arguments: timedelta) -> int:
        async with self._database.connection() as connection:
            status = await connection.execute(
                f"""
                WITH due AS (SELECT {key} FROM {table} WHERE {due} LIMIT $1 FOR UPDATE SKIP LOCKED)
                DELETE FROM {table} USING due WHERE {table}.{key} = due.{key}
                """,
                BATCH,
                *arguments,
            )
        return int(status.rpartition(" ")[2])
