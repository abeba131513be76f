"""Tokens taken from a shared bucket in small blocks, so that not each request asks Redis."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from gateway.limits.quota import Quota, Taken, Verdict

# Of a block, at most; and an eighth of the quota at most, so that gateways share small quotas exactly.
MAX_BLOCK = 20
PART = 8
# Seconds that a block is kept. What is not used by then is lost to its client.
KEPT = 1.0
MAX_LEASES = 10_000


class Buckets(Protocol):
    async def take(self, key: str, quota: Quota, want: int = 1) -> Taken: ...


@dataclass(slots=True)
class _Lease:
    """What this gateway has of one client's bucket. Times are of the monotonic clock."""

    tokens: int = 0
    block: int = 1
    shared: int = 0  # tokens that were left in Redis
    full_at: float = 0.0
    ends_at: float = 0.0
    refused_until: float = 0.0
    waiting: int = 0
    filling: asyncio.Future[None] | None = None


class Leases:
    """Over all gateways never more than the quota and what it adds in a second.

    Less by what other gateways hold: a block each, as large as what its client used in the second before,
    20 at most, and an eighth of the quota at most.
    """

    def __init__(self, buckets: Buckets, quota: Quota) -> None:
        self._buckets = buckets
        self._quota = quota
        self._max_block = max(1, min(MAX_BLOCK, quota.count // PART))
        self._leases: dict[str, _Lease] = {}

    async def take(self, key: str) -> Verdict:
        """One token. Raises what the buckets raise."""
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = _Lease()
            if len(self._leases) > MAX_LEASES:
                del self._leases[next(iter(self._leases))]
        while True:
            now = time.monotonic()
            if lease.tokens and now < lease.ends_at:
                lease.tokens -= 1
                return self._verdict(lease, now, allowed=True)
            if now < lease.refused_until:
                return self._verdict(lease, now, allowed=False)
            if lease.filling is None:
                await self._fill(key, lease, now)
            else:
                lease.waiting += 1
                try:
                    await asyncio.shield(lease.filling)
                finally:
                    lease.waiting -= 1

    def _verdict(self, lease: _Lease, now: float, *, allowed: bool) -> Verdict:
        return Verdict(
            self._quota,
            allowed=allowed,
            remaining=lease.tokens + lease.shared if allowed else 0,
            reset=max(0.0, lease.full_at - now),
            retry_after=0.0 if allowed else lease.refused_until - now,
        )

    async def _fill(self, key: str, lease: _Lease, now: float) -> None:
        lease.filling = asyncio.get_running_loop().create_future()
        try:
            block = lease.block * 2 if now < lease.ends_at else 1
            lease.block = min(self._max_block, max(block, lease.waiting + 1))
            taken = await self._buckets.take(key, self._quota, lease.block)
            now = time.monotonic()
            lease.tokens = taken.granted
            lease.shared = taken.remaining
            lease.full_at = now + taken.reset
            lease.ends_at = now + KEPT
            lease.refused_until = now + taken.retry_after
        finally:
            # Also after a failure: whoever waits asks by itself then, and hears of it.
            lease.filling.set_result(None)
            lease.filling = None
