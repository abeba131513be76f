"""Forgets old jobs, tells auth what it missed and counts the rest, in the background of every replica."""

from __future__ import annotations

import asyncio
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge

from chassis.logs import Logger
from contracts.errors import ServiceError
from mailer.storage.upkeep_repository import UpkeepRepository

INTERVAL = 10.0


class Reports(Protocol):
    async def repeat(self) -> None: ...


class Upkeep:
    """Gauges are those of the database, the same in every replica, as of the last look."""

    def __init__(
        self, repository: UpkeepRepository, reports: Reports, log: Logger, metrics: CollectorRegistry
    ) -> None:
        self._repository = repository
        self._reports = reports
        self._log = log
        self._jobs = Gauge(
            "mail_jobs", "Letters by state: due (not settled), dead (given up)", ["state"], registry=metrics
        )
        self._oldest = Gauge(
            "mail_oldest_due_seconds",
            "For how long the oldest that is due has been tried; 0 when there is none",
            registry=metrics,
        )

    async def run(self) -> None:
        """Look, rest, and again."""
        while True:
            try:
                await self.look()
            except ServiceError as error:
                self._log.info("jobs were not counted", code=error.code)
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        """Purge, count and tell once. Raises the `ServiceError` of the database."""
        while await self._repository.purge():
            pass
        backlog = await self._repository.backlog()
        self._jobs.labels("due").set(backlog.due)
        self._jobs.labels("dead").set(backlog.dead)
        self._oldest.set(backlog.oldest)
        await self._reports.repeat()
