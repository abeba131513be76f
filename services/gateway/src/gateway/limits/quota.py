"""How much is allowed, and what became of one request."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

QUOTA_PATTERN = r"^[1-9]\d{0,8}/[1-9]\d{0,5}$"


@dataclass(frozen=True, slots=True)
class Quota:
    """`count` requests at once, and as many again within `window` seconds, evenly (GCRA)."""

    name: str
    count: int
    window: int
    policy: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "policy", f'"{self.name}";q={self.count};w={self.window}')

    @classmethod
    def parse(cls, name: str, text: str) -> Quota:
        """Of `120/2`: 120 at once, 60 a second. Raises `ValueError`."""
        if not re.match(QUOTA_PATTERN, text):
            raise ValueError("a limit is COUNT/SECONDS")
        count, _, window = text.partition("/")
        return cls(name, int(count), int(window))

    @property
    def interval(self) -> int:
        """Microseconds after which there is one more."""
        return math.ceil(self.window * 1_000_000 / self.count)


@dataclass(frozen=True, slots=True)
class Taken:
    """Answer of a bucket: how many of the wanted were granted, what is left, and times in seconds.

    `retry_after` is the time until there is one, 0 when some were granted; `reset` until all are there.
    """

    granted: int
    remaining: int
    retry_after: float
    reset: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one request under one quota. Times in seconds."""

    quota: Quota
    allowed: bool
    remaining: int
    reset: float
    retry_after: float = 0.0

    @property
    def field(self) -> str:
        """For the header `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10)."""
        return f'"{self.quota.name}";r={self.remaining};t={math.ceil(self.reset)}'
