"""The keys of access tokens, the same for every replica."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auth.crypto.signing_key import SealedKey
from chassis.postgres import Connection, Database
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

# Replicas that start together on an empty table make one key. The number is this lock's name.
ADVISORY_LOCK = 0x0A57_5161
# Twice as long as gateways keep what they know before they ask again.
PUBLISHED_BEFORE_SIGNING = timedelta(minutes=10)
# Longer than a token lives, and than gateways keep what they know.
PUBLISHED_AFTER_RETIRING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key that will sign. `begun`: by this rotation, not by one before it."""

    kid: str
    signs_from: datetime
    begun: bool


class SigningKeyRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, first: SealedKey) -> SealedKey:
        """The newest key that is not retired; `first`, which signs from now on, when there is none."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
            row = await connection.fetchrow(
                """
                SELECT kid, public_jwk, sealed_private FROM signing_keys
                WHERE retired_at IS NULL ORDER BY signs_from DESC LIMIT 1
                """
            )
            if row is not None:
                return SealedKey(*row)
            await _add(connection, first, signs_after=timedelta(0))
        return first

    async def signing(self, context: RequestContext) -> SealedKey:
        """The key that signs now, by the database's clock: the same for every replica."""
        async with self._database.connection(context) as connection:
            row = await connection.fetchrow(
                """
                SELECT kid, public_jwk, sealed_private FROM signing_keys
                WHERE retired_at IS NULL AND signs_from <= now() ORDER BY signs_from DESC LIMIT 1
                """
            )
        if row is None:
            raise ServiceError(ErrorCode.UNAVAILABLE, "There is no key to sign tokens with.")
        return SealedKey(*row)

    async def rotate(self, new: SealedKey) -> Rotation:
        """Publish `new`, which signs once all who verify know it; or tell of the key that waits for that."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
            waiting = await connection.fetchrow(
                "SELECT kid, signs_from FROM signing_keys WHERE retired_at IS NULL AND signs_from > now()"
            )
            if waiting is not None:
                return Rotation(waiting["kid"], waiting["signs_from"], begun=False)
            signs_from = await _add(connection, new, signs_after=PUBLISHED_BEFORE_SIGNING)
        return Rotation(new.kid, signs_from, begun=True)

    async def retire(self) -> int:
        """Keys that another has followed: their private parts go. How many."""
        async with self._database.connection() as connection:
            status = await connection.execute(
                """
                UPDATE signing_keys SET sealed_private = NULL, retired_at = now()
                WHERE retired_at IS NULL AND signs_from < (
                    SELECT max(signs_from) FROM signing_keys WHERE retired_at IS NULL AND signs_from <= now()
                )
                """
            )
        return int(status.rpartition(" ")[2])

    async def forget(self) -> int:
        """Keys that signed no token which is still alive. How many."""
        async with self._database.connection() as connection:
            status = await connection.execute(
                "DELETE FROM signing_keys WHERE retired_at <= now() - $1::interval", PUBLISHED_AFTER_RETIRING
            )
        return int(status.rpartition(" ")[2])

    async def published(self, context: RequestContext) -> list[str]:
        """JSON Web Keys of all that may have signed a token that is still alive, or soon will."""
        async with self._database.connection(context) as connection:
            rows = await connection.fetch(
                """
                SELECT public_jwk FROM signing_keys
                WHERE retired_at IS NULL OR retired_at > now() - $1::interval ORDER BY created_at
                """,
                PUBLISHED_AFTER_RETIRING,
            )
        return [row["public_jwk"] for row in rows]


async def _add(connection: Connection, key: SealedKey, *, signs_after: timedelta) -> datetime:
    signs_from: datetime = await connection.fetchval(
        """
        INSERT INTO signing_keys (kid, public_jwk, sealed_private, signs_from)
        VALUES ($1, $2, $3, now() + $4::interval) RETURNING signs_from
        """,
        key.kid,
        key.public_jwk,
        key.sealed_private,
        signs_after,
    )
    return signs_from
