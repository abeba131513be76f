"""Who is sent with whom, and who is told what. The connection and the database are made of events."""

import asyncio
import time
from contextlib import asynccontextmanager

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from chassis.batching import Batcher
from chassis.metrics import BatchMetrics
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

UNAVAILABLE = ServiceError(ErrorCode.UNAVAILABLE, "away")


class Database:
    """Keeps what it is sent. An ask is its key and any further words: `note`, `note again`."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.running = 0
        self.most_running = 0
        self.acquired = 0
        self.connect = open_event()
        self.finish = open_event()
        self.commit = open_event()
        self.connect_errors: list[Exception] = []
        self.errors: list[Exception] = []
        self.bad_rows: set[str] = set()
        self.changed = asyncio.Event()

    @asynccontextmanager
    async def connection(self):
        await self.connect.wait()
        if self.connect_errors:
            raise self.connect_errors.pop()
        self.acquired += 1
        self.changed.set()
        yield self
        await self.commit.wait()

    async def run(self, connection, asks):
        assert connection is self
        self.sent.append(list(asks))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.changed.set()
        try:
            await self.finish.wait()
        finally:
            self.running -= 1
        if self.errors:
            raise self.errors.pop()
        if self.bad_rows.intersection(asks):
            raise asyncpg.CheckViolationError("a bad row")
        return [f"answer to {ask}" for ask in asks]

    async def until_sent(self, number: int) -> None:
        async with asyncio.timeout(5):
            while len(self.sent) < number:
                self.changed.clear()
                await self.changed.wait()


def open_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@pytest.fixture
async def database():
    return Database()


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def make(database, registry):
    def make_batcher(**options):
        return Batcher(
            database.connection,
            database.run,
            lambda ask: ask.split()[0],
            name="test",
            metrics=BatchMetrics(registry),
            **options,
        )

    return make_batcher


def context(seconds: float = 60) -> RequestContext:
    return RequestContext.lasting(seconds, request_id="test")


def asking(batcher, *asks: str, seconds: float = 60) -> list[asyncio.Task]:
    return [asyncio.create_task(batcher.ask(ask, context(seconds))) for ask in asks]


async def all_of(tasks):
    async with asyncio.timeout(5):
        return await asyncio.gather(*tasks, return_exceptions=True)


async def settle() -> None:
    """Let everything run that can run now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_idle_ask_is_sent_at_once_and_alone(make, database):
    batcher = make()
    assert await all_of(asking(batcher, "a")) == ["answer to a"]
    assert await all_of(asking(batcher, "b")) == ["answer to b"]
    assert database.sent == [["a"], ["b"]]


async def test_what_arrives_while_batches_run_is_the_next_batch(make, database):
    database.finish.clear()
    batcher = make()
    tasks = []
    for number, ask in enumerate("ab", start=1):
        tasks += asking(batcher, ask)
        await database.until_sent(number)
    tasks += asking(batcher, *"cdefg")
    await settle()
    assert database.sent == [["a"], ["b"]]
    database.finish.set()
    assert await all_of(tasks) == [f"answer to {ask}" for ask in "abcdefg"]
    assert database.sent == [["a"], ["b"], list("cdefg")]
    assert database.most_running == 2


async def test_a_batch_is_bounded_and_the_rest_goes_beside_it(make, database):
    database.finish.clear()
    tasks = asking(make(max_size=3), *"abcdefgh")
    await settle()
    assert database.sent == [list("abc"), list("def")]
    database.finish.set()
    assert await all_of(tasks) == [f"answer to {ask}" for ask in "abcdefgh"]
    assert database.sent == [list("abc"), list("def"), list("gh")]


async def test_a_key_is_at_the_database_once_at_a_time_and_in_order(make, database):
    database.finish.clear()
    batcher = make()
    tasks = asking(batcher, "a 1", "a 2", "b 1", "a 3", "b 2")
    await settle()
    assert database.sent == [["a 1", "b 1"]]  # though there is room for a second batch
    tasks += asking(batcher, "c 1", "a 4")
    await settle()
    assert database.sent == [["a 1", "b 1"], ["c 1"]]
    database.finish.set()
    asks = ["a 1", "a 2", "b 1", "a 3", "b 2", "c 1", "a 4"]
    assert await all_of(tasks) == [f"answer to {ask}" for ask in asks]
    assert database.sent[2:] == [["a 2", "b 2"], ["a 3"], ["a 4"]]


async def test_an_ask_whose_key_was_busy_is_not_overtaken_for_ever(make, database):
    batcher = make(max_size=2, in_flight=1)
    await all_of(asking(batcher, "a 1", "a 2", "b 1", *(f"n{number}" for number in range(10))))
    assert database.sent[:2] == [["a 1", "b 1"], ["a 2", "n0"]]


async def test_the_batch_is_formed_when_the_connection_is_at_hand(make, database):
    database.connect.clear()
    batcher = make()
    tasks = asking(batcher, "a")
    await settle()
    tasks += asking(batcher, "b")
    await settle()
    database.connect.set()
    await all_of(tasks)
    assert database.sent == [["a", "b"]]
    assert database.acquired == 1


async def test_a_deadline_that_passes_before_the_connection_is_at_hand_is_not_sent(
    make, database, monkeypatch
):
    database.connect.clear()
    batcher = make()
    tasks = [*asking(batcher, "a", seconds=10), *asking(batcher, "b")]
    await settle()
    late = time.time() + 11
    monkeypatch.setattr(time, "time", lambda: late)
    database.connect.set()
    refused, answer = await all_of(tasks)
    assert refused.code == ErrorCode.DEADLINE_EXCEEDED
    assert answer == "answer to b"
    assert database.sent == [["b"]]


async def test_a_waiter_that_is_cancelled_before_is_not_sent(make, database):
    database.connect.clear()
    first, second = asking(make(), "a", "b")
    await settle()
    first.cancel()
    await settle()
    database.connect.set()
    assert (await all_of([second])) == ["answer to b"]
    assert database.sent == [["b"]]


async def test_the_answer_of_a_waiter_that_is_cancelled_later_is_thrown_away(make, database):
    database.finish.clear()
    batcher = make()
    first, second = asking(batcher, "a", "b")
    await database.until_sent(1)
    first.cancel()
    await settle()
    database.finish.set()
    assert (await all_of([second])) == ["answer to b"]
    assert database.sent == [["a", "b"]]
    assert first.cancelled()


async def test_one_bad_row_fails_alone(make, database, registry):
    database.bad_rows = {"b"}
    batcher = make()
    first, bad, last = await all_of(asking(batcher, *"abc"))
    assert (first, last) == ("answer to a", "answer to c")
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert database.sent == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert registry.get_sample_value("batches_retried_total", {"batcher": "test"}) == 1


async def test_a_bad_row_by_itself_is_not_sent_again(make, database):
    database.bad_rows = {"a"}
    (bad,) = await all_of(asking(make(), "a"))
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert database.sent == [["a"]]


async def test_the_deadline_is_looked_at_again_before_each_single_retry(make, database, monkeypatch):
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


async def test_a_key_stays_busy_while_its_batch_is_run_one_by_one(make, database):
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
async def test_what_is_no_refusal_goes_to_all_waiters_and_nothing_is_sent_twice(make, database, error):
    database.errors = [error]
    batcher = make()
    assert await all_of(asking(batcher, *"abc")) == [error] * 3
    assert database.sent == [["a", "b", "c"]]
    assert await all_of(asking(batcher, "a")) == ["answer to a"]


async def test_unavailable_in_a_single_retry_is_of_that_ask_alone(make, database):
    database.errors = [UNAVAILABLE, asyncpg.DeadlockDetectedError("refused")]
    first, second = await all_of(asking(make(), *"ab"))
    assert first is UNAVAILABLE
    assert second == "answer to b"
    assert database.sent == [["a", "b"], ["a"], ["b"]]


async def test_without_a_connection_all_that_wait_are_told(make, database):
    database.connect_errors = [UNAVAILABLE]
    batcher = make()
    assert await all_of(asking(batcher, *"abc")) == [UNAVAILABLE] * 3
    assert database.sent == []
    assert await all_of(asking(batcher, "a")) == ["answer to a"]


async def test_no_answer_before_the_connection_has_been_left(make, database):
    database.commit.clear()
    (task,) = asking(make(), "a")
    await database.until_sent(1)
    await settle()
    assert not task.done()
    database.commit.set()
    assert await all_of([task]) == ["answer to a"]


async def test_too_few_answers_are_a_defect_and_no_mix_up(make, database):
    async def run(connection, asks):
        return asks[1:]

    database.run = run
    results = await all_of(asking(make(), *"abc"))
    assert [type(result) for result in results] == [RuntimeError] * 3


async def test_batches_that_are_cancelled_leave_nobody_waiting_and_the_next_is_served(make, database):
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


async def test_sizes_are_counted(make, registry):
    batcher = make()
    await all_of(asking(batcher, *"abc"))
    await all_of(asking(batcher, "a"))
    assert registry.get_sample_value("batch_size_sum", {"batcher": "test"}) == 4
    assert registry.get_sample_value("batch_size_count", {"batcher": "test"}) == 2
