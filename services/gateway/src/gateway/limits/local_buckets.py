"""The same buckets in this process alone, for when Redis is away."""

from __future__ import annotations

import time

from gateway.limits.quota import Quota, Taken

MAX_BUCKETS = 10_000
MICRO = 1_000_000


class LocalBuckets:
    """At most 10,000 of them; over that the oldest is forgotten, so that memory stays bounded."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}

    def take(self, key: str, quota: Quota) -> Taken:
        """One from the bucket of `key`."""
        now = time.monotonic_ns() // 1000
        limit = now + quota.interval * quota.count
        full_at = max(now, self._full_at.get(key, 0))
        room = (limit - full_at) // quota.interval
        if room < 1:
            retry = full_at + quota.interval - limit
            return Taken(0, 0, retry / MICRO, (full_at - now) / MICRO)
        full_at += quota.interval
        self._full_at.pop(key, None)
        self._full_at[key] = full_at
        if len(self._full_at) > MAX_BUCKETS:
            del self._full_at[next(iter(self._full_at))]
        return Taken(1, room - 1, 0.0, (full_at - now) / MICRO)
