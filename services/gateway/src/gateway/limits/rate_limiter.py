"""The limits that there are, and what holds while Redis is away."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge

from gateway.limits.leases import Leases
from gateway.limits.local_buckets import LocalBuckets
from gateway.limits.quota import Quota, Verdict
from gateway.limits.redis_buckets import BucketsAwayError, RedisBuckets


@dataclass(frozen=True, slots=True)
class Quotas:
    """`general`: any request of a client; `slow`: its guesses at something secret; `account_client`: its
    guesses at one account; `account`: all clients' guesses at one account.
    """

    general: Quota
    slow: Quota
    account_client: Quota
    account: Quota


class RateLimiter:
    """Verdicts. Without Redis `general` lets everything pass, the others hold for each gateway by itself."""

    def __init__(self, buckets: RedisBuckets, quotas: Quotas, registry: CollectorRegistry) -> None:
        self._buckets = buckets
        self._quotas = quotas
        # Each by itself, so that many clients do not push out the accounts.
        self._local = {
            quota: LocalBuckets() for quota in (quotas.slow, quotas.account_client, quotas.account)
        }
        self._leases = Leases(buckets, quotas.general)
        self._refused = Counter("rate_limit_refusals", "Requests over a limit", ["limit"], registry=registry)
        self._alone = Counter(
            "rate_limit_without_redis",
            "Requests judged while Redis was away: general ones pass, others meet a limit of this process",
            ["limit"],
            registry=registry,
        )
        Gauge("rate_limit_shared", "1 while limits are shared through Redis", registry=registry).set_function(
            lambda: not buckets.away
        )

    async def general(self, client: str) -> Verdict | None:
        """None while nobody counts."""
        try:
            verdict = await self._leases.take(f"limit:general:{client}")
        except BucketsAwayError:
            self._alone.labels("general").inc()
            return None
        if not verdict.allowed:
            self._refused.labels("general").inc()
        return verdict

    async def slow(self, client: str) -> Verdict:
        return await self._exactly(self._quotas.slow, client)

    async def account(self, account: str, client: str) -> Verdict:
        """Of the narrower limit that refuses; else of the account's."""
        verdict = await self._exactly(self._quotas.account_client, f"{account}:{client}")
        # Whom that refused takes nothing from what all have, and so keeps nobody out.
        return await self._exactly(self._quotas.account, account) if verdict.allowed else verdict

    async def _exactly(self, quota: Quota, name: str) -> Verdict:
        key = f"limit:{quota.name}:{name}"
        try:
            taken = await self._buckets.take(key, quota)
        except BucketsAwayError:
            self._alone.labels(quota.name).inc()
            taken = self._local[quota].take(key, quota)
        if not taken.granted:
            self._refused.labels(quota.name).inc()
        return Verdict(quota, taken.granted > 0, taken.remaining, taken.reset, taken.retry_after)
