"""Buckets that all gateways share, in Redis: the generic cell rate algorithm, in one script."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import NoScriptError, RedisError

from chassis.redis import WatchedRedis
from gateway.limits.quota import Quota, Taken

# The time is Redis' own: gateways whose clocks differ would refuse each other's clients.
# A key holds the time at which its bucket is full again. One beyond what the quota allows comes of another
# quota or of a clock that was set back, and is forgotten.
SCRIPT = """\
local interval, count, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = now + interval * count
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at < now or full_at > limit then full_at = now end
local room = math.floor((limit - full_at) / interval)
local granted = math.min(room, want)
local retry = 0
if granted > 0 then
  full_at = full_at + granted * interval
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
else
  retry = full_at + interval - limit
end
return {granted, room - granted, retry, full_at - now}
"""
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
MICRO = 1_000_000


class BucketsAwayError(Exception):
    """Redis does not answer; nothing is known to be taken."""


@dataclass(frozen=True, slots=True)
class _Ask:
    key: str
    quota: Quota
    want: int
    answer: asyncio.Future[Taken]


class RedisBuckets:
    """What is asked in one turn of the event loop, or while others are at Redis, goes in one pipeline.

    A client of Redis costs more for a command than a hop over NATS does; a pipeline shares that. Redis that
    failed is asked by nobody until it is known to be back.
    """

    def __init__(self, redis: WatchedRedis) -> None:
        self._redis = redis
        self._pending: list[_Ask] = []
        self._sending: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """The last that was asked of Redis failed."""
        return self._redis.away

    async def take(self, key: str, quota: Quota, want: int = 1) -> Taken:
        """At most `want` from the bucket of `key`, as many as there are. Raises `BucketsAwayError`."""
        if self.away:
            raise BucketsAwayError
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._pending.append(_Ask(key, quota, want, answer))
        if self._sending is None:
            # Not in the context of the asker: others' asks go with it.
            self._sending = asyncio.create_task(
                self._send(), name="rate limits", context=contextvars.Context()
            )
        return await answer

    async def _send(self) -> None:
        try:
            while self._pending:
                batch, self._pending = self._pending, []
                await self._settle(batch)
        finally:
            self._sending = None

    async def _settle(self, batch: Sequence[_Ask]) -> None:
        try:
            if self.away:
                raise ConnectionError  # since these were asked
            answers = await self._run(batch)
        except (RedisError, OSError, TimeoutError):
            self._redis.away = True
            for ask in batch:
                if not ask.answer.done():
                    ask.answer.set_exception(BucketsAwayError())
        else:
            for ask, taken in zip(batch, answers, strict=True):
                if not ask.answer.done():
                    ask.answer.set_result(taken)
        finally:
            for ask in batch:
                ask.answer.cancel()  # only where there is none: when this task was cancelled

    async def _run(self, batch: Sequence[_Ask]) -> list[Taken]:
        try:
            rows = await self._pipeline(batch)
        except NoScriptError:
            # A new Redis. It refused all of them, because all are of one script.
            await self._redis.script_load(SCRIPT)
            rows = await self._pipeline(batch)
        return [
            Taken(granted, remaining, retry / MICRO, reset / MICRO)
            for granted, remaining, retry, reset in rows
        ]

    async def _pipeline(self, batch: Sequence[_Ask]) -> list[list[int]]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for ask in batch:
                pipeline.evalsha(SHA, 1, ask.key, ask.quota.interval, ask.quota.count, ask.want)
            rows: list[list[int]] = await pipeline.execute()
            return rows
