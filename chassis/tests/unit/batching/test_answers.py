"""Who is told what: of refusals, of what broke, and not before the commit."""

import asyncio
import time

import asyncpg
import pytest

from contracts.errors import ErrorCode, ServiceError

UNAVAILABLE = ServiceError(ErrorCode.UNAVAILABLE, "away")


async def test_one_bad_row_fails_alone(make, database, registry, asking, all_of):
    database.bad_rows = {"b"}
    batcher = make()
    first, bad, last = await all_of(asking(batcher, *"abc"))
    assert (first, last) == ("answer to a", "answer to c")
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert database.sent == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert registry.get_sample_value("batches_retried_total", {"batcher": "test"}) == 1


async def test_a_bad_row_by_itself_is_not_sent_again(make, database, asking, all_of):
    database.bad_rows = {"a"}
    (bad,) = await all_of(asking(make(), "a"))
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert database.sent == [["a"]]


async def test_the_deadline_is_looked_at_again_before_each_single_retry(
    make, database, monkeypatch, asking, all_of
):
    database.bad_rows = {"b"}
    batcher = make()
    database.finish.clear()
    tasks = [*asking(batcher, "a", seconds=10), *asking(batcher, "b", "c")]
    await database.until_sent(1)
    late = time.time() + 11
    monkeypatch.setattr(time, "time", lambda: late)
    database.finish.set()
    first, bad, last = await all_of(tasks)
    assert first.code == ErrorCode.DEADLINE_EXCEEDED
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert last == "answer to c"
    assert database.sent == [["a", "b", "c"], ["b"], ["c"]]


async def test_a_key_stays_busy_while_its_batch_is_run_one_by_one(make, database, asking, all_of, settle):
    run = database.run

    async def run_slowly(connection, asks):
        answers = await run(connection, asks)
        await settle()
        return answers

    database.bad_rows = {"a bad"}
    database.run = run_slowly
    await all_of(asking(make(), "b 1", "a bad", "b 2"))
    assert database.sent == [["b 1", "a bad"], ["b 1"], ["a bad"], ["b 2"]]


@pytest.mark.parametrize("error", [UNAVAILABLE, ValueError("a defect")])
async def test_what_is_no_refusal_goes_to_all_waiters_and_nothing_is_sent_twice(
    make, database, error, asking, all_of
):
    database.errors = [error]
    batcher = make()
    assert await all_of(asking(batcher, *"abc")) == [error] * 3
    assert database.sent == [["a", "b", "c"]]
    assert await all_of(asking(batcher, "a")) == ["answer to a"]


async def test_unavailable_in_a_single_retry_is_of_that_ask_alone(make, database, asking, all_of):
    database.errors = [UNAVAILABLE, asyncpg.DeadlockDetectedError("refused")]
    first, second = await all_of(asking(make(), *"ab"))
    assert first is UNAVAILABLE
    assert second == "answer to b"
    assert database.sent == [["a", "b"], ["a"], ["b"]]


async def test_without_a_connection_all_that_wait_are_told(make, database, asking, all_of):
    database.connect_errors = [UNAVAILABLE]
    batcher = make()
    assert await all_of(asking(batcher, *"abc")) == [UNAVAILABLE] * 3
    assert database.sent == []
    assert await all_of(asking(batcher, "a")) == ["answer to a"]


async def test_no_answer_before_the_connection_has_been_left(make, database, asking, all_of, settle):
    database.commit.clear()
    (task,) = asking(make(), "a")
    await database.until_sent(1)
    await settle()
    assert not task.done()
    database.commit.set()
    assert await all_of([task]) == ["answer to a"]


async def test_too_few_answers_are_a_defect_and_no_mix_up(make, database, asking, all_of):
    async def run(connection, asks):
        return asks[1:]

    database.run = run
    results = await all_of(asking(make(), *"abc"))
    assert [type(result) for result in results] == [RuntimeError] * 3


async def test_batches_that_are_cancelled_leave_nobody_waiting_and_the_next_is_served(
    make, database, asking, all_of, settle
):
    batcher = make()
    database.connect.clear()
    tasks = asking(batcher, "a")
    await settle()
    (batch,) = (task for task in asyncio.all_tasks() if task.get_name() == "batch test")
    batch.cancel()
    database.connect.set()
    assert await all_of(tasks) == ["answer to a"]
    database.finish.clear()
    tasks = asking(batcher, "a")
    await database.until_sent(2)
    (batch,) = (task for task in asyncio.all_tasks() if task.get_name() == "batch test")
    batch.cancel()
    (result,) = await all_of(tasks)
    assert isinstance(result, asyncio.CancelledError)
