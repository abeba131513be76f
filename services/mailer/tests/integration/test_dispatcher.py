"""What each failure of an attempt costs, what is told to whom, and what a stop leaves."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import jinja2
import pytest

from contracts.errors import ErrorCode, ServiceError
from mailer import dispatcher
from mailer.commands.deliver_letter import DeliverLetter
from mailer.dispatcher import Dispatcher, dispatching
from mailer.domain.letter import Outcome, Result
from mailer.domain.retry import Retry
from mailer.storage.job_repository import JobRepository

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)


class Told:
    def __init__(self):
        self.outcomes = {}

    async def settled(self, job, outcome):
        self.outcomes[job.id] = outcome


@pytest.fixture
def make_dispatcher(runtime, database):
    """With this in place of asking, writing and sending; gives what auth was told, too."""

    def make(deliver, *, jobs=JobRepository, delays="0.05", give_up_after=MINUTE, attempt_timeout=5.0):
        told = Told()
        made = Dispatcher(
            jobs(database),
            deliver,
            told,
            Retry.parse(delays, give_up_after),
            attempt_timeout=attempt_timeout,
            stop_requested=runtime.stop_requested,
            log=runtime.log,
            tracing=runtime.tracing,
            metrics=runtime.metrics,
        )
        return made, told

    return make


@pytest.fixture
async def dispatch(runtime, make_dispatcher):
    """Dispatch until `stop`, or the test's end."""
    async with AsyncExitStack() as opened:

        async def start(deliver, **options):
            made, told = make_dispatcher(deliver, **options)
            await opened.enter_async_context(dispatching(runtime, made))
            told.stop = opened.aclose
            return told

        yield start


async def test_several_go_at_once_and_no_more_than_four(dispatch, add_jobs, until):
    in_hand, most, go_on = 0, 0, asyncio.Event()

    async def deliver(_):
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        await go_on.wait()
        in_hand -= 1
        return Result(Outcome.SENT)

    ids = await add_jobs(12)
    told = await dispatch(deliver)
    await until(lambda: in_hand == 4)
    go_on.set()
    await until(lambda: set(told.outcomes) == set(ids))
    assert most == 4


async def test_delays_grow_and_live_in_the_row(dispatch, add_jobs, sql, until):
    async def deliver(_):
        return Result(Outcome.LATER, "away")

    await add_jobs()
    await dispatch(deliver, delays="0.05,3600")
    await until(lambda: sql("SELECT 1 FROM jobs WHERE attempts = 2"))
    (row,) = await sql("SELECT due_at - now() AS wait, reason, lease FROM jobs")
    assert timedelta(minutes=59) < row["wait"] <= timedelta(hours=1)
    assert (row["reason"], row["lease"]) == ("away", None)


async def test_a_letter_is_given_up_and_auth_is_told(dispatch, add_jobs, sql, until):
    async def deliver(_):
        return Result(Outcome.LATER, "away")

    (event_id,) = await add_jobs()
    told = await dispatch(deliver, give_up_after=timedelta(seconds=0.3))
    assert await until(lambda: told.outcomes.get(event_id)) is Outcome.DEAD
    (row,) = await sql("SELECT state, reason, attempts FROM jobs")
    assert (row["state"], row["reason"]) == ("dead", "given up: away")
    assert row["attempts"] > 1


async def test_an_attempt_that_hangs_or_fails_is_made_again(dispatch, add_jobs, sql, until):
    attempts = []

    async def deliver(job):
        attempts.append(job.id)
        if len(attempts) == 1:
            await asyncio.Event().wait()
        if len(attempts) == 2:
            raise ZeroDivisionError
        return Result(Outcome.SENT)

    (event_id,) = await add_jobs()
    told = await dispatch(deliver, attempt_timeout=0.2)
    await until(lambda: event_id in told.outcomes)
    (row,) = await sql("SELECT state, attempts FROM jobs")
    assert tuple(row) == ("sent", 3)


async def test_a_template_that_fails_kills_the_letter_at_once(
    runtime, database, dispatch, add_jobs, sql, until
):
    class Source:
        async def details(self, job):
            raise jinja2.UndefinedError("'link' is undefined")

    await add_jobs()
    await dispatch(DeliverLetter(Source(), None, None))
    await until(lambda: sql("SELECT 1 FROM jobs WHERE state = 'dead' AND reason = 'template'"))


async def test_what_was_marked_and_not_answered_is_told(runtime, dispatch, add_jobs, sql, until):
    class Unanswered(JobRepository):
        asked = 0

        async def settle(self, job, result):
            self.asked += 1
            marked = await super().settle(job, result)
            if self.asked == 1:
                raise ServiceError(ErrorCode.TIMEOUT, "committed")
            return marked

    async def deliver(_):
        return Result(Outcome.SENT)

    (event_id,) = await add_jobs()
    told = await dispatch(deliver, jobs=Unanswered)
    assert await until(lambda: told.outcomes.get(event_id)) is Outcome.SENT
    labels = {"letter": "verify", "outcome": "sent"}
    assert runtime.metrics.get_sample_value("mails_total", labels) == 1
    (row,) = await sql("SELECT state, attempts FROM jobs")
    assert tuple(row) == ("sent", 1)


async def test_a_start_that_fails_finishes_what_is_in_hand(runtime, make_dispatcher, add_jobs):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def deliver(_):
        reached.set()
        await go_on.wait()
        return Result(Outcome.SENT)

    ids = await add_jobs()
    made, told = make_dispatcher(deliver)
    with pytest.raises(ZeroDivisionError):
        async with dispatching(runtime, made):
            await reached.wait()
            go_on.set()
            raise ZeroDivisionError
    assert set(told.outcomes) == set(ids)


async def test_who_is_to_stop_takes_nothing_new(runtime, dispatch, add_jobs, sql, until):
    attempts, go_on = [], asyncio.Event()

    async def deliver(job):
        attempts.append(job.id)
        await go_on.wait()
        return Result(Outcome.SENT)

    await add_jobs(12)
    told = await dispatch(deliver)
    await until(lambda: len(attempts) == 4)
    runtime.stop_requested.set()
    go_on.set()
    await until(lambda: len(told.outcomes) >= 4)
    await told.stop()
    assert len(attempts) == 4
    assert len(await sql("SELECT 1 FROM jobs WHERE state = 'due' AND lease IS NULL")) == 8


async def test_what_was_leased_when_the_stop_came_is_given_back(runtime, dispatch, add_jobs, sql, until):
    leased = asyncio.Event()

    class StoppedMeanwhile(JobRepository):
        async def lease(self, *arguments, **options):
            jobs = await super().lease(*arguments, **options)
            runtime.stop_requested.set()
            leased.set()
            return jobs

    async def deliver(_):
        raise AssertionError

    await add_jobs(3)
    told = await dispatch(deliver, jobs=StoppedMeanwhile)
    await leased.wait()
    await told.stop()
    assert len(await sql("SELECT 1 FROM jobs WHERE attempts = 0 AND lease IS NULL AND due_at <= now()")) == 3


async def test_a_mark_that_hangs_ends_with_the_stop(dispatch, add_jobs, sql, monkeypatch):
    marking = asyncio.Event()

    class Hanging(JobRepository):
        async def settle(self, job, result):
            marking.set()
            await asyncio.Event().wait()

    async def deliver(_):
        return Result(Outcome.SENT)

    monkeypatch.setattr(dispatcher, "MARK_AT_STOP", 0.1)
    await add_jobs()
    told = await dispatch(deliver, jobs=Hanging, attempt_timeout=1000)
    await marking.wait()
    async with asyncio.timeout(30):
        await told.stop()
    assert not told.outcomes
    # Perhaps sent, so not given back.
    assert await sql("SELECT 1 FROM jobs WHERE lease IS NOT NULL")
