"""Auth hears how a letter ended, so that it forgets to whom a letter went that was sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from chassis.logs import Logger
from contracts.errors import ServiceError
from mailer.domain.letter import Job, Outcome


class Jobs(Protocol):
    async def untold(self) -> Iterable[tuple[UUID, Outcome]]: ...

    async def told(self, event_id: UUID, outcome: Outcome) -> None: ...


class Auth(Protocol):
    async def settled(self, event_id: UUID, outcome: Outcome) -> None: ...


class ReportOutcome:
    """What auth does not hear at once is told again until it does, while it may keep the address: a day."""

    def __init__(self, jobs: Jobs, auth: Auth, log: Logger) -> None:
        self._jobs = jobs
        self._auth = auth
        self._log = log

    async def settled(self, job: Job, outcome: Outcome) -> None:
        """The job has just been settled so."""
        if job.letter.is_known_to_auth:
            await self._report(job.id, outcome)

    async def repeat(self) -> None:
        """Once more, of some that auth has not heard of. Raises the `ServiceError` of the database."""
        for event_id, outcome in await self._jobs.untold():
            await self._report(event_id, outcome)

    async def _report(self, event_id: UUID, outcome: Outcome) -> None:
        try:
            await self._auth.settled(event_id, outcome)
            await self._jobs.told(event_id, outcome)
        except ServiceError as error:
            self._log.info("auth will be told again how a letter ended", code=error.code)
