"""Redis: used when there, missed without harm when not."""

import asyncio

import pytest

from chassis import redis
from chassis.settings import RedisSettings

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
