"""Limits of the running stack: over two gateways, while Redis hangs, and after it died."""

import asyncio
import os
import signal
import time

import aiohttp
import pytest

from .conftest import Api

pytestmark = pytest.mark.e2e

LIMITS = {"GATEWAY_LIMIT_GENERAL": "40/60", "GATEWAY_LIMIT_SLOW": "6/600", "GATEWAY_LIMIT_ACCOUNT": "600/600"}
# What a gateway takes from Redis at once: an eighth.
BLOCK = 5


async def until(condition, what: str) -> None:
    deadline = time.monotonic() + 20
    while not await condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


async def sign_in(api) -> int:
    body = {"email": f"{time.monotonic_ns()}@example.org", "password": "correct horse"}
    return (await api.post("/api/v1/auth/signin", body)).status


async def metric(api, stack, line: str) -> list[bool]:
    texts = [(await api.get(url)).text for url in stack.endpoints.metrics["gateway"]]
    return [line in text.splitlines() for text in texts]


async def test_limits_hold_without_redis_and_after_it(launch_devstack, monkeypatch):
    for name, value in LIMITS.items():
        monkeypatch.setenv(name, value)
    stack = launch_devstack("--scale", "gateway=2")
    endpoints = await asyncio.to_thread(stack.wait_until_ready)
    async with aiohttp.ClientSession() as session:
        api = Api(session, endpoints.gateways)

        answers = await asyncio.gather(*(api.get("/api/ping") for _ in range(80)))
        assert {answer.status for answer in answers} == {200, 429}
        # One more comes each 1.5 s.
        assert 40 - 2 * BLOCK <= sum(answer.status == 200 for answer in answers) <= 42
        refused = next(answer for answer in answers if answer.status == 429)
        assert 1 <= int(refused.headers["Retry-After"]) <= 2

        # It hangs: general requests pass, guesses meet a limit of each gateway.
        valkey = endpoints.pids["valkey"][0]
        os.kill(valkey, signal.SIGSTOP)
        try:

            async def is_open():
                answers = [await api.get("/api/ping") for _ in endpoints.gateways]
                return all(answer.status == 200 and "RateLimit" not in answer.headers for answer in answers)

            await until(is_open, "general requests pass")
            guesses = [await sign_in(api) for _ in range(20)]
            assert sorted(guesses) == [400] * 2 * 6 + [429] * 8
            assert await metric(api, stack, "rate_limit_shared 0.0") == [True, True]
            exposed = (await api.get(endpoints.metrics["gateway"][0])).text
            assert 'rate_limit_without_redis_total{limit="general"}' in exposed
            assert 'rate_limit_without_redis_total{limit="slow"}' in exposed
        finally:
            os.kill(valkey, signal.SIGCONT)

        async def is_shared():
            # The general limit is used up, and so nothing that asks Redis gets further.
            answers = [await api.get("/api/ping") for _ in endpoints.gateways]
            assert {answer.status for answer in answers} <= {200, 429}
            return all("RateLimit" in answer.headers for answer in answers)

        await until(is_shared, "limits are shared again")

        # It dies, and with it all buckets and the script.
        os.kill(valkey, signal.SIGKILL)

        async def is_new():
            return (await is_shared()) and stack.endpoints.pids["valkey"] != endpoints.pids["valkey"]

        await until(is_new, "limits are shared through the new Redis")
        await until(lambda: all_refuse(api, endpoints), "and hold there")


async def all_refuse(api, endpoints) -> bool:
    return all([(await api.get("/api/ping")).status == 429 for _ in endpoints.gateways])
