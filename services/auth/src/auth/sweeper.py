"""What time does to accounts, in the background of every replica."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter

from auth.storage.upkeep_repository import UpkeepRepository
from chassis.logs import Logger
from contracts.errors import ServiceError


class Sweeper:
    """Forgets letters, sign-ups, accounts and sessions whose time is over, `interval` seconds after it."""

    def __init__(
        self, upkeep: UpkeepRepository, *, interval: float, log: Logger, metrics: CollectorRegistry
    ) -> None:
        self._batches = {
            "letters": upkeep.forget_letters,
            "sign-ups": upkeep.forget_sign_ups,
            "unverified": upkeep.forget_unverified,
            "sessions": upkeep.end_sessions,
        }
        self._interval = interval
        self._log = log
        self._swept = Counter("auth_swept", "Rows handled by the sweeper", ["what"], registry=metrics)

    async def run(self) -> None:
        """Sweep, rest, and again."""
        while True:
            await self.sweep()
            await asyncio.sleep(self._interval)

    async def sweep(self) -> None:
        """Everything that is due now. What PostgreSQL refuses is for the next time, and holds up nothing."""
        for what, batch in self._batches.items():
            try:
                while count := await batch():
                    self._swept.labels(what).inc(count)
            except ServiceError as error:
                self._log.warning("a sweep was cut short", what=what, code=error.code)
