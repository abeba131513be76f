"""The limit that a gateway has by itself."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import local_buckets
from gateway.limits.local_buckets import LocalBuckets
from gateway.limits.quota import Quota


class Clock:
    def __init__(self):
        self.now = 10**15

    def monotonic_ns(self):
        return self.now


@given(
    st.integers(1, 20),
    st.integers(1, 60),
    st.lists(st.integers(0, 3_000_000), min_size=1, max_size=80),
)
def test_no_window_has_more_than_the_quota_allows(count, window, pauses):
    """In any span of time: the count, and one more for each interval."""
    clock, real = Clock(), local_buckets.time
    local_buckets.time = clock
    try:
        quota, buckets, passed = Quota("slow", count, window), LocalBuckets(), []
        for pause in pauses:
            clock.now += pause * 1000
            now = clock.now // 1000
            taken = buckets.take("x", quota)
            if taken.granted:
                passed.append(now)
            else:
                # It says the truth: a moment before there is none, and then there is one.
                assert taken.retry_after > 0
                assert taken.remaining == 0
                clock.now += round(taken.retry_after * 1_000_000) * 1000
                assert buckets.take("x", quota).granted == 1
                passed.append(clock.now // 1000)
        for first, began in enumerate(passed):
            for last in range(first, len(passed)):
                allowed = count + (passed[last] - began) // quota.interval
                assert last - first + 1 <= allowed
    finally:
        local_buckets.time = real


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(local_buckets, "MAX_BUCKETS", 10)
    buckets, quota = LocalBuckets(), Quota("slow", 1, 60)
    for number in range(100):
        assert buckets.take(str(number), quota).granted == 1
    assert len(buckets._full_at) == 10
    assert buckets.take("99", quota).granted == 0
