"""What one measurement gave, and what several of them come to."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one measurement. Latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    # Answers that were not what they must be.
    errors: int = 0
    # Of an open loop: how late the generator itself was at the 99th percentile. Near p99, that is no latency.
    late_p99: float | None = None
    # CPU microseconds for each request, by process.
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds if self.seconds else 0.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed; 0 of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Several values as their median and their extremes."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(min(values), statistics.median(values), max(values))
