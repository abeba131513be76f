"""Redis (or Valkey): limits, caches, short-lived state; only what may be lost at any moment.

Whatever is cached for somebody carries its owner inside the value, and the reader checks it: a client
that was cancelled between a command and its answer once handed users each other's data
(https://github.com/redis/redis-py/issues/2624).
"""

from __future__ import annotations

import chassis.lean_redis  # noqa: F401

# isort: split
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chassis.runtime import Runtime
from chassis.settings import ServiceSettings
from contracts.errors import ErrorCode, ServiceError

# Seconds. Redis is beside us: what takes longer is down, and whoever asks goes on without it.
TIMEOUT = 0.5
# For one command, a new connection and a second try of the library's included.
COMMAND_TIMEOUT = 1.0
CHECK_INTERVAL = 1.0


class WatchedRedis(Redis):
    """A client that knows whether Redis is `away`.

    Whoever finds out says so, and nobody need wait for it from then on; it is taken back within two seconds
    of Redis' return.
    """

    away = False


@asynccontextmanager
async def connected(runtime: Runtime[ServiceSettings], url: SecretStr) -> AsyncIterator[WatchedRedis]:
    """A client. Redis may be away at the start and at any time: that is shown, and readiness stays."""
    client = WatchedRedis.from_url(
        url.get_secret_value(),
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        decode_responses=False,
        # Its own default tries for seconds, while whoever asks has something to go on with.
        retry=Retry(NoBackoff(), 0),
    )
    assert isinstance(client, WatchedRedis)  # the library says less
    state = "not asked yet"

    async def watch() -> None:
        nonlocal state
        while True:
            try:
                await client.ping()
                client.away, state = False, ""
            except (RedisError, OSError):
                client.away, state = True, "Redis is not reachable"
            await asyncio.sleep(CHECK_INTERVAL)

    runtime.health.watch("redis", lambda: state or None)
    try:
        async with runtime.background("redis-watch", watch):
            yield client
    finally:
        await client.aclose()


class OnceValues:
    """Values that are read once, and forgotten when nobody does in time.

    Raises `unavailable` when Redis is away or slow: whether it was done is not known, and does no harm.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def put(self, key: str, value: str, lifetime: timedelta) -> None:
        async with _bounded():
            await self._client.set(key, value, px=lifetime)

    async def take(self, key: str) -> bytes | None:
        """Of any number of askers one gets it; None: it was taken, is too old or never was."""
        async with _bounded():
            value = await self._client.getdel(key)
        return value.encode() if isinstance(value, str) else value


@asynccontextmanager
async def _bounded() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT):
            yield
    except (RedisError, OSError) as error:
        raise ServiceError(ErrorCode.UNAVAILABLE, "This is not available now; try again.") from error
