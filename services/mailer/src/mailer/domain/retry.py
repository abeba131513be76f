"""When a letter is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retry:
    """`delays` in seconds after each failed attempt; the last is repeated until `give_up_after`."""

    delays: tuple[float, ...]
    give_up_after: timedelta

    @classmethod
    def parse(cls, delays: str, give_up_after: timedelta) -> Retry:
        """From seconds with commas. Raises `ValueError`."""
        try:
            seconds = tuple(float(part) for part in delays.split(","))
        except ValueError:
            raise ValueError("seconds with commas, such as 1,5,30") from None
        # Written so that it is wrong for NaN as well.
        if not all(0 < value < float("inf") for value in seconds):
            raise ValueError("each is above 0")
        return cls(seconds, give_up_after)

    def delay(self, attempts: int) -> timedelta:
        """After so many failed attempts, the one just made included."""
        return timedelta(seconds=self.delays[min(attempts, len(self.delays)) - 1])

    def is_over(self, waiting: timedelta) -> bool:
        """It was tried for long enough."""
        return waiting >= self.give_up_after
