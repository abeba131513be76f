"""Redis: used when there, missed without harm when not."""

import asyncio
import time
from datetime import timedelta

import pytest

from chassis import redis
from chassis.settings import RedisSettings
from contracts.errors import ErrorCode, ServiceError

pytestmark = pytest.mark.integration


async def until(predicate) -> None:
    async with asyncio.timeout(5):
        while not predicate():
            await asyncio.sleep(0.01)


async def test_it_keeps_and_runs_scripts(servers, make_runtime):
    runtime = make_runtime("gateway", RedisSettings, redis_url=servers.redis)
    async with redis.connected(runtime, runtime.settings.redis_url) as client:
        await client.set("test", b"1", ex=5)
        assert await client.eval("return redis.call('incr', KEYS[1])", 1, "test") == 2
        await until(lambda: runtime.health.report()[1]["redis"] == "ok")


async def test_away_it_is_shown_and_readiness_stays(make_runtime):
    runtime = make_runtime("gateway", RedisSettings, redis_url="redis://127.0.0.1:1/0")
    runtime.health.start_accepting()
    async with redis.connected(runtime, runtime.settings.redis_url):
        await until(lambda: runtime.health.report()[1]["redis"] == "Redis is not reachable")
        assert runtime.health.report()[0]


async def test_a_value_is_taken_once_and_not_for_ever(servers, make_runtime):
    runtime = make_runtime("auth", RedisSettings, redis_url=servers.redis)
    async with redis.connected(runtime, runtime.settings.redis_url) as client:
        values = redis.OnceValues(client)
        await values.put("once", "é", timedelta(minutes=10))
        assert 590_000 < await client.pttl("once") <= 600_000
        taken = await asyncio.gather(*(values.take("once") for _ in range(8)))
        assert sorted(taken, key=str) == [None] * 7 + ["é".encode()]
        assert await values.take("once") is None


async def test_a_value_of_a_redis_that_is_away_is_unavailable_soon(make_runtime):
    runtime = make_runtime("auth", RedisSettings, redis_url="redis://127.0.0.1:1/0")
    async with redis.connected(runtime, runtime.settings.redis_url) as client:
        values = redis.OnceValues(client)
        for asked in (values.put("once", "x", timedelta(minutes=10)), values.take("once")):
            began = time.monotonic()
            with pytest.raises(ServiceError) as caught:
                await asked
            assert caught.value.code == ErrorCode.UNAVAILABLE
            assert time.monotonic() - began < 2
