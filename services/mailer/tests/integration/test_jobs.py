"""Jobs in their table: leased, settled, forgotten, counted, replayed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from mailer.domain.letter import Letter, Outcome, Result
from mailer.storage import dead_jobs
from mailer.storage.job_repository import JobRepository
from mailer.storage.upkeep_repository import UpkeepRepository
from mailer.upkeep import Upkeep

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)


class Reports:
    async def repeat(self):
        pass


async def test_who_lost_the_lease_changes_nothing(database, add_jobs, sql):
    first, second = JobRepository(database), JobRepository(database)
    await add_jobs()
    (job,) = await first.lease(1, timedelta(0))
    (again,) = await second.lease(1, MINUTE)
    assert again.id == job.id
    assert not await first.settle(job, Result(Outcome.SENT))
    assert not await first.postpone(job, Result(Outcome.LATER, "x"), MINUTE)
    assert await second.settle(again, Result(Outcome.SENT))
    assert await second.settle(again, Result(Outcome.SENT)), "the first answer may have been lost"
    await second.release()
    assert not await second.settle(again, Result(Outcome.DEAD, "x"))
    (row,) = await sql("SELECT state, attempts FROM jobs")
    assert tuple(row) == ("sent", 1)


async def test_what_is_leased_nobody_else_takes(database, add_jobs):
    first, second = JobRepository(database), JobRepository(database)
    ids = await add_jobs(3)
    taken = await first.lease(2, MINUTE)
    rest = await second.lease(5, MINUTE)
    assert sorted(job.id for job in [*taken, *rest]) == sorted(ids)
    assert not await second.lease(5, MINUTE)
    await first.release(but=[taken[0].id])
    assert [job.id for job in await second.lease(5, MINUTE)] == [taken[1].id]


async def test_auth_is_told_of_each_end_that_it_asks_for_within_a_day(database, add_jobs, sql):
    jobs = JobRepository(database)
    ids = [*await add_jobs(3), *await add_jobs(1, Letter.NOTE_OPENED)]
    assert await jobs.untold() == []
    for job in await jobs.lease(5, MINUTE):
        assert await jobs.settle(job, Result(Outcome.DEAD, "x"))
    late, replayed, told, _ = ids
    await sql("UPDATE jobs SET settled_at = now() - interval '24 hours' WHERE id = $1", late)
    assert sorted(await jobs.untold()) == sorted((id, Outcome.DEAD) for id in (replayed, told))
    await sql("UPDATE jobs SET state = 'sent' WHERE id = $1", replayed)
    for id in (replayed, told):
        await jobs.told(id, Outcome.DEAD)
    assert await jobs.untold() == [(replayed, Outcome.SENT)]


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

    await Upkeep(UpkeepRepository(database), Reports(), runtime.log, runtime.metrics).look()

    rows = await sql("SELECT state, extract(day FROM now() - settled_at) AS age FROM jobs")
    assert {row["state"]: row["age"] for row in rows} == {**kept, "due": None}
    assert len(rows) == 4
    sample = runtime.metrics.get_sample_value
    assert [sample("mail_jobs", {"state": state}) for state in ("due", "dead")] == [1, 1]
    assert sample("mail_oldest_due_seconds") == pytest.approx(100 * 86400, rel=0.01)


async def test_a_replayed_letter_is_as_patient_as_a_new_one(stack, database, add_jobs, sql):
    ids = await add_jobs(3)
    await sql("UPDATE jobs SET state = 'dead', settled_at = now(), attempts = 9, reason = 'x',"
              " lease = gen_random_uuid(), queued_at = now() - interval '9 days'")  # fmt: skip
    async with dead_jobs.connected(stack.postgres["mailer"]) as dead:
        assert {job.id for job in await dead.list()} == set(ids)
        assert await dead.replay([ids[0], uuid4()]) == 1
        assert [row["id"] for row in await sql("SELECT id FROM jobs WHERE lease IS NULL")] == [ids[0]]
        (job,) = await JobRepository(database).lease(5, MINUTE)
        assert (job.id, job.attempts) == (ids[0], 0)
        assert job.waiting < MINUTE
        assert await dead.replay(None) == 2
        assert await dead.list() == []
