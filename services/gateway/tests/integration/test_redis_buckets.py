"""Buckets in a real Redis: what is taken at once, how seldom, and what happens while it is away."""

import asyncio
import math
from uuid import uuid4

import pytest

from gateway.limits.leases import Leases
from gateway.limits.quota import Quota
from gateway.limits.redis_buckets import BucketsAwayError, RedisBuckets

from .conftest import NOBODY

pytestmark = pytest.mark.integration


async def test_a_new_redis_knows_no_script_and_no_bucket(shared_redis):
    buckets, quota = RedisBuckets(shared_redis), Quota.parse("general", "2/600")
    key = f"limit:{uuid4()}"
    assert [(await buckets.take(key, quota)).granted for _ in range(3)] == [1, 1, 0]
    await shared_redis.script_flush()
    await shared_redis.delete(key)
    assert (await buckets.take(key, quota)).granted == 1
    # Another quota, which the old time is beyond.
    assert (await buckets.take(key, Quota.parse("general", "2/1"))).granted == 1


async def test_a_block_is_as_large_as_what_is_left(shared_redis):
    buckets, quota = RedisBuckets(shared_redis), Quota.parse("general", "5/600")
    taken = await buckets.take(f"limit:{uuid4()}", quota, 20)
    assert (taken.granted, taken.remaining, taken.retry_after) == (5, 0, 0)
    assert math.isclose(taken.reset, 600, abs_tol=1)


async def test_a_busy_client_asks_redis_seldom(shared_redis):
    class Counted(RedisBuckets):
        asked = 0

        async def take(self, *ask):
            self.asked += 1
            return await super().take(*ask)

    buckets = Counted(shared_redis)
    leases = Leases(buckets, Quota.parse("general", "1000/600"))
    key = f"limit:{uuid4()}"
    verdicts = [await leases.take(key) for _ in range(200)]
    assert all(verdict.allowed for verdict in verdicts)
    assert [verdict.remaining for verdict in verdicts] == list(range(999, 799, -1))
    assert buckets.asked < 20


async def test_redis_that_hangs_is_waited_for_once_and_asked_again_when_it_is_back(shared_redis, monkeypatch):
    buckets, quota = RedisBuckets(shared_redis), Quota.parse("general", "800/600")
    leases, key = Leases(buckets, quota), f"limit:{uuid4()}"
    tried = []

    async def hang(batch):
        tried.append(batch)
        await asyncio.sleep(0.1)
        raise TimeoutError

    with monkeypatch.context() as hanging:
        hanging.setattr(buckets, "_run", hang)
        # Those of one client queue behind its first, others behind the pipeline.
        asked = [leases.take(key) for _ in range(50)] + [buckets.take(f"{key}1", quota)]
        answers = [asyncio.ensure_future(ask) for ask in asked]
        while not tried:
            await asyncio.sleep(0)
        answers.append(asyncio.ensure_future(buckets.take(f"{key}2", quota)))
        async with asyncio.timeout(5):
            ends = await asyncio.gather(*answers, return_exceptions=True)
        assert {type(end) for end in ends} == {BucketsAwayError}
        assert len(tried) == 1
        assert buckets.away
    # The watch finds out that it is there.
    async with asyncio.timeout(10):
        while buckets.away:
            await asyncio.sleep(0.01)
    assert (await leases.take(key)).allowed


async def test_redis_that_is_away_is_asked_by_nobody(redis_at, monkeypatch):
    async with redis_at(NOBODY) as client:
        buckets, quota = RedisBuckets(client), Quota.parse("slow", "2/600")
        tried = []
        monkeypatch.setattr(buckets, "_run", tried_and_failed(buckets._run, tried))
        for _ in range(20):
            with pytest.raises(BucketsAwayError):
                await buckets.take("limit:x", quota)
        assert buckets.away
        assert len(tried) <= 1


def tried_and_failed(run, tried):
    async def counted(batch):
        tried.append(batch)
        return await run(batch)

    return counted
