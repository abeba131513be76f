"""What time does to notes, in the background of every replica."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge

from chassis.logs import Logger
from contracts.errors import ServiceError
from notes.storage.upkeep_repository import UpkeepRepository

IDEMPOTENCY_LIFETIME = timedelta(hours=24)
# Much longer than an access token lives.
DELETED_AUTHOR_LIFETIME = timedelta(hours=24)

Batch: TypeAlias = Callable[[], Awaitable[int]]


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
        self._notes = Gauge(
            "notes",
            "Notes by state, as PostgreSQL estimates: there (with content), over (without)",
            ["state"],
            registry=metrics,
        )

    async def run(self) -> None:
        """Sweep, rest, and again."""
        while True:
            await self.sweep()
            await self.count()
            await asyncio.sleep(self._interval)

    async def sweep(self) -> None:
        """Everything that is due now. What PostgreSQL refuses is for the next time, and holds up nothing.

        Nor does what there is much of: what has become due meanwhile goes before each batch of anything else.
        """
        upkeep = self._upkeep
        others: dict[str, Batch] = {
            "erased with their author": upkeep.erase_of_deleted_authors,
            "tombstones without author": upkeep.forget_authors_of_tombstones,
            "keys of deleted authors": upkeep.forget_creates_of_deleted_authors,
            "authors forgotten": lambda: upkeep.forget_deleted_authors(DELETED_AUTHOR_LIFETIME),
            "purged": lambda: upkeep.purge_tombstones(self._tombstone_lifetime),
            "keys purged": lambda: upkeep.purge_idempotency_keys(IDEMPOTENCY_LIFETIME),
        }
        while others:
            for what, batch in tuple(others.items()):
                while await self._swept_some("erased", upkeep.erase_due):
                    pass
                if not await self._swept_some(what, batch):
                    del others[what]

    async def count(self) -> None:
        """How many notes there are."""
        try:
            for state, number in (await self._upkeep.estimates()).items():
                self._notes.labels(state).set(number)
        except ServiceError as error:
            self._log.info("notes were not counted", code=error.code)

    async def _swept_some(self, what: str, batch: Batch) -> bool:
        try:
            count = await batch()
        except ServiceError as error:
            self._log.warning("a sweep was cut short", what=what, code=error.code)
            return False
        self._swept.labels(what).inc(count)
        return count > 0
