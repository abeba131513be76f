"""Sends what is due, several letters at once, in every replica."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Counter

from chassis.logs import Logger
from chassis.runtime import Runtime
from chassis.tracing import Tracing
from chassis.waiting import until_set
from contracts.errors import ServiceError
from mailer.domain.letter import Job, Letter, Outcome, Result
from mailer.domain.retry import Retry
from mailer.storage.job_repository import JobRepository

CONCURRENCY = 4
POLL = 1.0
# A lease is so many attempts long: enough to write down, after an outage, what an attempt came to.
LEASE_ATTEMPTS = 3
MARK_PAUSE = 0.25
# At a stop, so that one with a database that hangs has an end.
MARK_AT_STOP = 2.0
RELEASE_AT_STOP = 1.0


class Settled(Protocol):
    async def settled(self, job: Job, outcome: Outcome) -> None: ...


class Dispatcher:
    """Leases jobs, attempts each, and marks what came of it; then tells auth.

    An attempt that takes longer than `attempt_timeout` seconds is given up. What was sent and could not be
    marked, because the process died or PostgreSQL was away for the whole lease, is sent again. Once
    `stop_requested` is set nothing new is taken.
    """

    def __init__(
        self,
        jobs: JobRepository,
        deliver: Callable[[Job], Awaitable[Result]],
        auth: Settled,
        retry: Retry,
        *,
        attempt_timeout: float,
        stop_requested: asyncio.Event,
        log: Logger,
        tracing: Tracing,
        metrics: CollectorRegistry,
    ) -> None:
        self._jobs = jobs
        self._deliver = deliver
        self._auth = auth
        self._retry = retry
        self._attempt_timeout = attempt_timeout
        self._lease = LEASE_ATTEMPTS * attempt_timeout
        self._stop_requested = stop_requested
        self._log = log
        self._tracing = tracing
        self._woken = asyncio.Event()
        self._finishing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._marking: set[asyncio.Timeout] = set()
        # Not taken again: under way, or not marked because of a defect, and perhaps sent.
        self._in_hand: set[UUID] = set()
        self._attempts = Counter(
            "mail_attempts",
            "Attempts at a letter by outcome: sent, skipped, dead, later",
            ["letter", "outcome"],
            registry=metrics,
        )
        self._mails = Counter(
            "mails", "Letters settled: sent, skipped, dead", ["letter", "outcome"], registry=metrics
        )
        for letter in Letter:
            for outcome in Outcome:
                self._attempts.labels(letter, outcome)
                if outcome is not Outcome.LATER:
                    self._mails.labels(letter, outcome)

    def wake(self) -> None:
        """There may be something due. Without it the dispatcher looks a second later."""
        self._woken.set()

    async def run(self) -> None:
        """Take what is due, as long as there is a hand free, until cancelled."""
        told = False
        while True:
            self._woken.clear()
            free = 0 if self._stop_requested.is_set() else CONCURRENCY - len(self._tasks)
            try:
                taken = await self._take(free) if free else 0
                told = False
            except ServiceError as error:
                taken = 0
                if not told:
                    told = True
                    self._log.warning("letters wait for the database", code=error.code)
            if taken < free or not free:
                await until_set(self._woken, within=POLL)

    async def finish(self) -> None:
        """Wait for what is in hand, each attempt within its time, and give back the rest.

        An attempt that has ended is marked within `MARK_AT_STOP` seconds, or not at all.
        """
        self._finishing = True
        latest = asyncio.get_running_loop().time() + MARK_AT_STOP
        for limit in self._marking:
            if not limit.expired():
                limit.reschedule(latest)
        if self._tasks:
            await asyncio.wait(self._tasks)
        try:
            async with asyncio.timeout(RELEASE_AT_STOP):
                await self._jobs.release(but=self._in_hand)
        except (ServiceError, TimeoutError) as error:
            self._log.info("leases were not given back; they end by themselves", kind=type(error).__name__)

    async def _take(self, free: int) -> int:
        jobs = await self._jobs.lease(free, timedelta(seconds=self._lease), but=self._in_hand)
        if self._stop_requested.is_set():
            return 0  # not in hand, so `finish` gives them back
        for job in jobs:
            self._in_hand.add(job.id)
            task = asyncio.create_task(self._see_to(job), name=f"letter-{job.id}")
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return len(jobs)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake()

    async def _see_to(self, job: Job) -> None:
        # As auth is asked: the event is the request that a letter answers.
        structlog.contextvars.bind_contextvars(request_id=str(job.id), letter=job.letter)
        with self._tracing.continued(job.traceparent, "internal", f"letter {job.letter}") as span:
            result = await self._attempt(job)
            span.note({"onasty.outcome": result.outcome, "onasty.attempt": job.attempts + 1})
            await self._end(job, result)

    async def _end(self, job: Job, result: Result) -> None:
        self._attempts.labels(job.letter, result.outcome).inc()
        if result.outcome is Outcome.LATER and self._retry.is_over(job.waiting):
            result = Result(Outcome.DEAD, f"given up: {result.reason}")
        try:
            if await self._mark(job, result):
                await self._tell(job, result)
        except Exception as error:  # noqa: BLE001 - the edge: a defect must not end in silence
            self._log.error("an attempt was not brought to its end", outcome=result.outcome, exc_info=error)

    async def _tell(self, job: Job, result: Result) -> None:
        log = self._log.warning if result.outcome is Outcome.DEAD else self._log.info
        log("a letter was attempted", outcome=result.outcome, reason=result.reason, attempt=job.attempts + 1)
        if result.outcome is not Outcome.LATER:
            self._mails.labels(job.letter, result.outcome).inc()
            await self._auth.settled(job, result.outcome)

    async def _attempt(self, job: Job) -> Result:
        try:
            async with asyncio.timeout(self._attempt_timeout):
                return await self._deliver(job)
        except TimeoutError:
            return Result(Outcome.LATER, "timeout")
        except Exception as error:  # noqa: BLE001 - the edge
            self._log.error("an attempt failed", exc_info=error)
            return Result(Outcome.LATER, "internal")

    async def _mark(self, job: Job, result: Result) -> bool:
        """Repeated while PostgreSQL is away and the lease lives. False when the job is not ours any more."""
        try:
            async with asyncio.timeout(MARK_AT_STOP if self._finishing else self._lease) as limit:
                self._marking.add(limit)
                try:
                    marked = await self._marked(job, result)
                finally:
                    self._marking.discard(limit)
        except TimeoutError:
            self._log.warning("a letter was not marked in time", outcome=result.outcome)
            if not self._finishing:
                self._in_hand.discard(job.id)
            return False
        self._in_hand.discard(job.id)
        return marked

    async def _marked(self, job: Job, result: Result) -> bool:
        while True:
            try:
                if result.outcome is Outcome.LATER:
                    return await self._jobs.postpone(job, result, self._retry.delay(job.attempts + 1))
                return await self._jobs.settle(job, result)
            except ServiceError:
                await asyncio.sleep(MARK_PAUSE)


@asynccontextmanager
async def dispatching(runtime: Runtime[Any], dispatcher: Dispatcher) -> AsyncIterator[None]:
    """Send until the block ends, however it ends, then finish what is in hand."""
    try:
        async with runtime.background("dispatcher", dispatcher.run):
            yield
    finally:
        await dispatcher.finish()
