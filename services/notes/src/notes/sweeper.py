"""What time does to notes, in the background of every replica."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter

from chassis.logs import Logger
from contracts.errors import ServiceError
from notes.storage.upkeep_repository import UpkeepRepository

IDEMPOTENCY_LIFETIME = timedelta(hours=24)
# Much longer than an access token lives.
DELETED_AUTHOR_LIFETIME = timedelta(hours=24)


class Sweeper:
    """Erases what is over, and forgets tombstones. Replicas share the work: what one has in hand others skip.

    Content leaves `interval` after its end at the latest, as long as PostgreSQL can be reached.
    """

    def __init__(
        self,
        upkeep: UpkeepRepository,
        *,
        interval: float,
        tombstone_lifetime: timedelta,
        log: Logger,
        metrics: CollectorRegistry,
    ) -> None:
        self._upkeep = upkeep
        self._interval = interval
        self._tombstone_lifetime = tombstone_lifetime
        self._log = log
        self._swept = Counter("notes_swept", "Rows handled by the sweeper", ["what"], registry=metrics)

    async def run(self) -> None:
        """Sweep, rest, and again."""
        while True:
            await self.sweep()
            await asyncio.sleep(self._interval)

    async def sweep(self) -> None:
        """Everything that is due now. What PostgreSQL refuses is for the next time, and holds up nothing."""
        upkeep = self._upkeep
        await self._all("erased", upkeep.erase_due)
        await self._all("erased with their author", upkeep.erase_of_deleted_authors)
        await self._all("authors forgotten", lambda: upkeep.forget_deleted_authors(DELETED_AUTHOR_LIFETIME))
        await self._all("purged", lambda: upkeep.purge_tombstones(self._tombstone_lifetime))
        await self._all("keys purged", lambda: upkeep.purge_idempotency_keys(IDEMPOTENCY_LIFETIME))

    async def _all(self, what: str, batch: Callable[[], Awaitable[int]]) -> None:
        try:
            while count := await batch():
                self._swept.labels(what).inc(count)
        except ServiceError as error:
            self._log.warning("a sweep was cut short", what=what, code=error.code)
