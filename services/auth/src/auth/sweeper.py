"""What time does to accounts, in the background of every replica."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter

from auth.storage.signing_key_repository import SigningKeyRepository
from auth.storage.upkeep_repository import UpkeepRepository
from chassis.logs import Logger
from contracts.errors import ServiceError


class Sweeper:
    """Ends what has had its time: letters, sign-ups, accounts, sessions, keys; `interval` s after it."""

    def __init__(
        self,
        upkeep: UpkeepRepository,
        keys: SigningKeyRepository,
        *,
        interval: float,
        log: Logger,
        metrics: CollectorRegistry,
    ) -> None:
        self._batches = {
            "letters": upkeep.forget_letters,
            "sign-ups": upkeep.forget_sign_ups,
            "unverified": upkeep.forget_unverified,
            # Before the sessions, which then have few left to take with them.
            "used tokens": upkeep.forget_used_tokens,
            "sessions": upkeep.end_sessions,
            "retired keys": keys.retire,
            "forgotten keys": keys.forget,
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
