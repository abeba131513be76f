"""Who is sent with whom, and when."""

import time

from contracts.errors import ErrorCode


async def test_an_idle_ask_is_sent_at_once_and_alone(make, database, asking, all_of):
    batcher = make()
    assert await all_of(asking(batcher, "a")) == ["answer to a"]
    assert await all_of(asking(batcher, "b")) == ["answer to b"]
    assert database.sent == [["a"], ["b"]]


async def test_what_arrives_while_batches_run_is_the_next_batch(make, database, asking, all_of, settle):
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


async def test_a_batch_is_bounded_and_the_rest_goes_beside_it(make, database, asking, all_of, settle):
    database.finish.clear()
    tasks = asking(make(max_size=3), *"abcdefgh")
    await settle()
    assert database.sent == [list("abc"), list("def")]
    database.finish.set()
    assert await all_of(tasks) == [f"answer to {ask}" for ask in "abcdefgh"]
    assert database.sent == [list("abc"), list("def"), list("gh")]


async def test_a_key_is_at_the_database_once_at_a_time_and_in_order(make, database, asking, all_of, settle):
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


async def test_an_ask_whose_key_was_busy_is_not_overtaken_for_ever(make, database, asking, all_of):
    batcher = make(max_size=2, in_flight=1)
    await all_of(asking(batcher, "a 1", "a 2", "b 1", *(f"n{number}" for number in range(10))))
    assert database.sent[:2] == [["a 1", "b 1"], ["a 2", "n0"]]


async def test_the_batch_is_formed_when_the_connection_is_at_hand(make, database, asking, all_of, settle):
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
    make, database, monkeypatch, asking, all_of, settle
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


async def test_a_waiter_that_is_cancelled_before_is_not_sent(make, database, asking, all_of, settle):
    database.connect.clear()
    first, second = asking(make(), "a", "b")
    await settle()
    first.cancel()
    await settle()
    database.connect.set()
    assert (await all_of([second])) == ["answer to b"]
    assert database.sent == [["b"]]


async def test_the_answer_of_a_waiter_that_is_cancelled_later_is_thrown_away(
    make, database, asking, all_of, settle
):
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


async def test_sizes_are_counted(make, registry, asking, all_of):
    batcher = make()
    await all_of(asking(batcher, *"abc"))
    await all_of(asking(batcher, "a"))
    assert registry.get_sample_value("batch_size_sum", {"batcher": "test"}) == 4
    assert registry.get_sample_value("batch_size_count", {"batcher": "test"}) == 2


async def test_a_batch_is_bounded_by_weight_and_nothing_overtakes_what_did_not_fit(
    make, database, asking, all_of, settle
):
    database.finish.clear()
    batcher = make(weigh=lambda ask: int(ask.split()[1]), max_weight=10)
    tasks = asking(batcher, "a 4", "b 6", "c 7", "d 4", "e 1")
    await settle()
    assert database.sent == [["a 4", "b 6"], ["c 7"]]
    database.finish.set()
    await all_of(tasks)
    assert database.sent[2:] == [["d 4", "e 1"]]


async def test_an_ask_that_is_too_heavy_goes_alone(make, database, asking, all_of):
    batcher = make(weigh=lambda ask: int(ask.split()[1]), max_weight=10, in_flight=1)
    await all_of(asking(batcher, "a 1", "b 11", "c 1", "d 1"))
    assert database.sent == [["a 1"], ["b 11"], ["c 1", "d 1"]]
