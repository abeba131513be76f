"""When the requests of an open loop are meant to start, fixed before the first of them does."""

from __future__ import annotations

import random


def schedule(kind: str, *, rate: float, seconds: float, seed: int) -> list[float]:
    """Ascending seconds after the start: `poisson`, gaps at random as of many strangers, or `uniform`.

    The same arguments give the same times.
    """
    if kind == "uniform":
        return [number / rate for number in range(int(rate * seconds))]
    gaps = random.Random(seed)  # noqa: S311 - it shall repeat itself
    times: list[float] = []
    now = gaps.expovariate(rate)
    while now < seconds:
        times.append(now)
        now += gaps.expovariate(rate)
    return times
