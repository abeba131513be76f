"""OAuth states, in Redis: who loses one begins again."""

from __future__ import annotations

from pydantic import ValidationError

from auth.crypto.one_time_links import token_hash
from auth.domain.oauth_state import STATE_LIFETIME, OauthState
from chassis.redis import OnceValues


class OauthStateCache:
    """By the hash of the state, so that who reads Redis cannot come back with one. Raises `unavailable`."""

    def __init__(self, values: OnceValues) -> None:
        self._values = values

    async def put(self, state: str, value: OauthState) -> None:
        await self._values.put(_key(state), value.model_dump_json(), STATE_LIFETIME)

    async def take(self, state: str) -> OauthState | None:
        """Once; None when it was taken, is older than 10 minutes, never was or is of another version."""
        value = await self._values.take(_key(state))
        try:
            return None if value is None else OauthState.model_validate_json(value)
        except ValidationError:
            return None


def _key(state: str) -> str:
    return f"auth:oauth:{token_hash(state).hex()}"
