"""Blocks of tokens: how long they are kept, and for how many clients."""

import pytest

from gateway.limits import leases
from gateway.limits.leases import Leases
from gateway.limits.quota import Quota, Taken


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


class Plenty:
    """Buckets that grant what is wanted."""

    def __init__(self):
        self.asked = []

    async def take(self, key, _, want=1):
        self.asked.append((key, want))
        return Taken(want, 1000, 0.0, 0.0)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(leases, "time", clock)
    return clock


async def test_a_block_is_kept_for_a_second_and_no_longer(clock):
    buckets = Plenty()
    taken = Leases(buckets, Quota("general", 1000, 1))
    for _ in range(4):
        await taken.take("a")
    # One, and then two and four of which one is left after these.
    assert [want for _, want in buckets.asked] == [1, 2, 4]
    clock.now += 0.99
    for _ in range(3):
        await taken.take("a")
    assert len(buckets.asked) == 3
    await taken.take("a")
    assert buckets.asked[3:] == [("a", 8)]
    clock.now += 1.01
    await taken.take("a")
    # What was not used is lost, and a client that rested begins with one.
    assert buckets.asked[4:] == [("a", 1)]


async def test_so_many_clients_are_remembered(clock, monkeypatch):
    monkeypatch.setattr(leases, "MAX_LEASES", 10)
    taken = Leases(Plenty(), Quota("general", 1000, 1))
    for number in range(100):
        await taken.take(str(number))
    assert len(taken._leases) == 10
