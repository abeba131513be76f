"""Passwords that people choose, as Argon2id hashes (RFC 9106), made and compared beside the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from prometheus_client import CollectorRegistry, Gauge, Histogram

from chassis import tracing
from chassis.metrics import BUCKETS
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

# OWASP's second choice for Argon2id: 19 MiB, two passes, one lane; 22 ms here.
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
THREADS = 2
IN_HAND = 32

T = TypeVar("T")


class PasswordHashing:
    """Argon2id in a few threads of its own, so that hashing never stops the event loop nor fills memory.

    Who comes when many wait is refused as `overloaded`; whose deadline passes while waiting, as
    `deadline_exceeded`: no hash is made for a caller who has left.
    """

    def __init__(self, threads: ThreadPoolExecutor, metrics: CollectorRegistry) -> None:
        self._threads = threads
        Gauge(
            "password_hashes_in_hand", f"Hashes made or waited for, of {IN_HAND} at most", registry=metrics
        ).set_function(lambda: self._in_hand)
        self._seconds = Histogram(
            "password_hash_seconds",
            "Time to make or compare a hash, from the turn on",
            buckets=BUCKETS,
            registry=metrics,
        )
        self._free = asyncio.Semaphore(THREADS)
        self._in_hand = 0

    async def hash(self, password: str, context: RequestContext) -> str:
        with self.place():
            return await self._run(context, _HASHER.hash, password)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for those who hash or wait for it. Raises `overloaded` when there is none."""
        if self._in_hand >= IN_HAND:
            raise ServiceError(ErrorCode.OVERLOADED, "Too many passwords are in hand; try again shortly.")
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    async def matches(self, password: str, password_hash: str, context: RequestContext) -> bool:
        """For whoever has a `place`."""
        return await self._run(context, _matches, password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        """It was made with other parameters than today's."""
        return _HASHER.check_needs_rehash(password_hash)

    async def _run(self, context: RequestContext, work: Callable[..., T], *arguments: str) -> T:
        with tracing.within("internal", "argon2"):
            async with self._free:
                context.check_deadline()
                started = time.perf_counter()
                done = await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
                self._seconds.observe(time.perf_counter() - started)
                return done


@asynccontextmanager
async def password_hashing(metrics: CollectorRegistry) -> AsyncIterator[PasswordHashing]:
    """Two hashes at a time; more wait."""
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
    try:
        yield PasswordHashing(threads, metrics)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
