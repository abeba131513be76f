"""The keys of access tokens, the same for every replica."""

from __future__ import annotations

from datetime import timedelta

from auth.crypto.signing_key import SealedKey
from chassis.postgres import Database
from contracts.context import RequestContext

# Replicas that start together on an empty table make one key. The number is this lock's name.
ADVISORY_LOCK = 0x0A57_5161
# Longer than a token lives, and than gateways keep what they know.
PUBLISHED_AFTER_RETIRING = timedelta(hours=1)


class SigningKeyRepository:
    """Raises `unavailable` or `deadline_exceeded`, as `Database.connection` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self, new: SealedKey) -> SealedKey:
        """The key that signs; `new`, from now on, when there is none."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
            row = await connection.fetchrow(
                """
                SELECT kid, public_jwk, sealed_private FROM signing_keys
                WHERE retired_at IS NULL ORDER BY created_at DESC LIMIT 1
                """
            )
            if row is not None:
                return SealedKey(*row)
            await connection.execute(
                "INSERT INTO signing_keys (kid, public_jwk, sealed_private) VALUES ($1, $2, $3)",
                new.kid,
                new.public_jwk,
                new.sealed_private,
            )
        return new

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
