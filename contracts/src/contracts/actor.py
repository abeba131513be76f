"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

USER_ACTOR_PARTS = 3


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, in one of their sessions. On the wire: `user:<user id>:<session id>`."""

    user_id: UUID
    session_id: UUID

    def __str__(self) -> str:
        return f"user:{self.user_id}:{self.session_id}"

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Raises `ValueError` for anything else than what `str` of an actor gives."""
        parts = text.split(":")
        if len(parts) != USER_ACTOR_PARTS or parts[0] != "user":
            raise ValueError("not an actor")
        return cls(UUID(parts[1]), UUID(parts[2]))
