"""Events that could not be published rest for a growing time, so that the others need not wait for them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

FIRST_REST, LONGEST_REST = 0.5, 30.0
RESTING = 4096


@dataclass(frozen=True, slots=True)
class _Rest:
    seconds: float
    until: float
    created_at: datetime


class Resting:
    """In memory alone, each replica for itself: half a second after the first failure, 30 s at most.

    Of more than 4,096 the rest is not remembered, and tried again whenever the relay looks.
    """

    def __init__(self) -> None:
        self._rests: dict[UUID, _Rest] = {}

    def __bool__(self) -> bool:
        return bool(self._rests)

    def ids(self) -> list[UUID]:
        """What is not to be tried yet."""
        now = time.monotonic()
        return [event_id for event_id, rest in self._rests.items() if rest.until > now]

    def add(self, event_id: UUID, created_at: datetime) -> None:
        """It failed, once more perhaps."""
        last = self._rests.get(event_id)
        if last is None and len(self._rests) >= RESTING:
            return
        seconds = FIRST_REST if last is None else min(2 * last.seconds, LONGEST_REST)
        self._rests[event_id] = _Rest(seconds, time.monotonic() + seconds, created_at)

    def keep(self, ids: Iterable[UUID]) -> None:
        """Forget all others: they were published."""
        left = set(ids)
        self._rests = {event_id: rest for event_id, rest in self._rests.items() if event_id in left}

    def remove(self, event_id: UUID) -> None:
        self._rests.pop(event_id, None)

    def oldest(self) -> datetime | None:
        """When the oldest of them was committed."""
        return min((rest.created_at for rest in self._rests.values()), default=None)
