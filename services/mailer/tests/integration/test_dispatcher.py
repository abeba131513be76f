"""From an event to a settled job: what is recorded, what each failure costs, what is told to whom."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import jinja2
import pytest

from chassis import logs, postgres
from chassis.runtime import Runtime
from contracts.auth import events as auth_events
from contracts.notes.events import NoteRevealed
from mailer.commands.deliver_letter import DeliverLetter
from mailer.dispatcher import Dispatcher, dispatching
from mailer.domain.letter import Letter, Outcome, Result
from mailer.domain.retry import Retry
from mailer.settings import MailerSettings
from mailer.storage import dead_jobs
from mailer.storage.job_repository import JobRepository
from mailer.storage.upkeep_repository import UpkeepRepository
from mailer.upkeep import Upkeep

pytestmark = pytest.mark.integration

LETTERS = {
    auth_events.UserSignedUp: "verify",
    auth_events.UserVerificationRequested: "verify",
    auth_events.UserSignUpRepeated: "sign_up_repeated",
    auth_events.UserPasswordResetRequested: "reset_password",
    auth_events.UserPasswordChanged: "password_changed",
    auth_events.UserEmailChangeRequested: "confirm_email",
    auth_events.UserEmailChanged: "email_changed",
    auth_events.UserDeleted: "account_deleted",
}
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def runtime(stack):
    settings = MailerSettings(
        nats_url=stack.nats_users["mailer"],
        database_url=stack.postgres["mailer"],
        from_address="onasty@example.org",
        public_url="https://notes.example.org",
    )
    return Runtime("mailer", settings, logs.configure("mailer"))


@pytest.fixture
async def database(runtime):
    async with postgres.connected(runtime) as opened:
        yield opened


@pytest.fixture
def add_jobs(database):
    async def add(count=1, letter=Letter.VERIFY):
        jobs, ids = JobRepository(database), [uuid4() for _ in range(count)]
        async with database.transaction() as connection:
            now = await connection.fetchval("SELECT now()")
            for each in ids:
                await jobs.record(connection, each, letter, user_id=each, requested_at=now)
        return ids

    return add


class Told:
    def __init__(self):
        self.outcomes = {}

    async def settled(self, job, outcome):
        self.outcomes[job.id] = outcome


@pytest.fixture
async def dispatch(runtime, database):
    """Dispatch with this in place of asking, writing and sending; gives what auth was told."""
    async with AsyncExitStack() as opened:

        async def start(deliver, *, delays="0.05", give_up_after=MINUTE, attempt_timeout=5.0):
            told = Told()
            dispatcher = Dispatcher(
                JobRepository(database),
                deliver,
                told,
                Retry.parse(delays, give_up_after),
                attempt_timeout=attempt_timeout,
                log=runtime.log,
                metrics=runtime.metrics,
            )
            await opened.enter_async_context(dispatching(runtime, dispatcher))
            told.stop = opened.aclose
            return told

        yield start


async def test_each_event_becomes_its_letter(auth, sink, start_mailer, emit, sql, until):
    author = uuid4()
    await start_mailer()
    users = await emit(*(event(user_id=uuid4()) for event in LETTERS))
    views = {"note_id": uuid4(), "views_taken": 1, "max_views": 1}
    (opened, *unasked) = await emit(
        NoteRevealed(author_id=author, notify=True, **views),
        NoteRevealed(author_id=author, **views),
        NoteRevealed(notify=True, **views),
    )

    async def all_handled():
        (inbox,) = await sql("SELECT count(*) FROM inbox")
        (due,) = await sql("SELECT count(*) FROM jobs WHERE state = 'due'")
        return inbox[0] == len(users) + 3 and due[0] == 0

    await until(all_handled)

    rows = {row["id"]: row for row in await sql("SELECT * FROM jobs")}
    assert {each: row["letter"] for each, row in rows.items()} == {
        **dict(zip(users, LETTERS.values(), strict=True)),
        opened: "note_opened",
    }
    assert (rows[opened]["user_id"], rows[opened]["note_id"]) == (author, views["note_id"])
    assert not set(unasked) & set(rows)
    assert {row["state"] for row in rows.values()} == {"sent"}
    assert sink.mails[f"<{opened}@example.org>"]["To"] == auth.recipient(author)
    assert sink.mails[f"<{users[0]}@example.org>"]["To"] == auth.recipient(users[0])
    await until(lambda: set(auth.settled) == set(users))
    assert set(auth.settled.values()) == {"sent"}


async def test_an_obsolete_letter_is_skipped(auth, sink, start_mailer, sign_ups, sql, until):
    auth.answering.clear()
    mailer = await start_mailer()
    (event_id,) = await sign_ups(1)
    auth.obsolete.add(event_id)
    auth.answering.set()

    assert await until(lambda: auth.settled.get(event_id)) == "skipped"

    (row,) = await sql("SELECT state, reason, attempts FROM jobs")
    assert tuple(row) == ("skipped", "letter_obsolete", 1)
    assert not sink.accepted
    assert 'mails_total{letter="verify",outcome="skipped"} 1.0' in mailer.metrics()


async def test_without_auth_a_letter_waits(stack, sink, start_mailer, sign_ups, sql, until):
    await start_mailer()
    await sign_ups(1)
    await until(lambda: sql("SELECT 1 FROM jobs WHERE attempts >= 2"))
    (row,) = await sql("SELECT state, reason FROM jobs")
    assert tuple(row) == ("due", "unavailable")


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


async def test_who_lost_the_lease_changes_nothing(database, add_jobs, sql):
    first, second = JobRepository(database), JobRepository(database)
    await add_jobs()
    (job,) = await first.lease(1, timedelta(0))
    (again,) = await second.lease(1, MINUTE)
    assert again.id == job.id
    assert not await first.settle(job, Result(Outcome.SENT))
    assert not await first.postpone(job, Result(Outcome.LATER, "x"), MINUTE)
    assert await second.settle(again, Result(Outcome.SENT))
    assert not await second.settle(again, Result(Outcome.DEAD, "x"))
    (row,) = await sql("SELECT state FROM jobs")
    assert row["state"] == "sent"


async def test_what_is_leased_nobody_else_takes(database, add_jobs):
    first, second = JobRepository(database), JobRepository(database)
    ids = await add_jobs(3)
    taken = await first.lease(2, MINUTE)
    rest = await second.lease(5, MINUTE)
    assert sorted(job.id for job in [*taken, *rest]) == sorted(ids)
    assert not await second.lease(5, MINUTE)
    await first.release(but=[taken[0].id])
    assert [job.id for job in await second.lease(5, MINUTE)] == [taken[1].id]


async def test_a_letter_of_a_newer_version_waits_for_its_replicas(database, add_jobs, sql):
    (known,) = await add_jobs()
    (newer,) = await add_jobs()
    await sql("UPDATE jobs SET letter = 'of tomorrow' WHERE id = $1", newer)
    assert [job.id for job in await JobRepository(database).lease(5, MINUTE)] == [known]


async def test_old_jobs_are_forgotten_and_the_others_counted(runtime, database, add_jobs, sql):
    kept = {"sent": 29, "skipped": 29, "dead": 89}
    for state, days in kept.items():
        for age in (days, days + 2):
            (event_id,) = await add_jobs()
            await sql(
                "UPDATE jobs SET state = $2, settled_at = now() - $3::interval WHERE id = $1",
                *(event_id, state, timedelta(days=age)),
            )
    (due,) = await add_jobs()
    await sql("UPDATE jobs SET queued_at = now() - interval '100 days' WHERE id = $1", due)

    await Upkeep(UpkeepRepository(database), runtime.log, runtime.metrics).look()

    rows = await sql("SELECT state, extract(day FROM now() - settled_at) AS age FROM jobs")
    assert {row["state"]: row["age"] for row in rows} == {**kept, "due": None}
    assert len(rows) == 4
    sample = runtime.metrics.get_sample_value
    assert (sample("mail_jobs_due"), sample("mail_jobs_dead")) == (1, 1)
    assert sample("mail_oldest_due_seconds") == pytest.approx(100 * 86400, rel=0.01)


async def test_a_replayed_letter_is_as_patient_as_a_new_one(stack, database, add_jobs, sql):
    ids = await add_jobs(3)
    await sql("UPDATE jobs SET state = 'dead', settled_at = now(), attempts = 9, reason = 'x',"
              " queued_at = now() - interval '9 days'")  # fmt: skip
    async with dead_jobs.connected(stack.postgres["mailer"]) as dead:
        assert {job.id for job in await dead.list()} == set(ids)
        assert await dead.replay([ids[0], uuid4()]) == 1
        (job,) = await JobRepository(database).lease(5, MINUTE)
        assert (job.id, job.attempts) == (ids[0], 0)
        assert job.waiting < MINUTE
        assert await dead.replay(None) == 2
        assert await dead.list() == []
