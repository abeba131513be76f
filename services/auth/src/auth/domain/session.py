"""Sessions: how long they live, and what they are to others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A session that has not ended, and whose time is not over. `created_at`: when its user signed in."""

    id: UUID
    user_id: UUID
    created_at: datetime
