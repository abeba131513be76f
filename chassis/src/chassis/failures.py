"""How often a message itself failed, and what may be said of why."""

from __future__ import annotations

from datetime import datetime

from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts.errors import ServiceError

REMEMBERED = 10_000


class Failures:
    """Counted per process, apart from deliveries, which count outages, too.

    A message is known by its place in the stream and by when it got there: a stream that was lost and
    made anew counts places from 1 again. Of more than 10,000 the oldest is forgotten.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[int, datetime], int] = {}

    def add(self, message: Msg) -> int:
        """One more; how many by now."""
        key = _key(message)
        count = self._counts.pop(key, 0) + 1
        self._counts[key] = count
        if len(self._counts) > REMEMBERED:
            del self._counts[next(iter(self._counts))]
        return count

    def forget(self, message: Msg) -> None:
        self._counts.pop(_key(message), None)


def reason(error: Exception) -> str:
    """Kind and place alone: the text of an error may quote what it met."""
    if isinstance(error, ServiceError):
        return str(error.code)
    if isinstance(error, ValidationError):
        fields = {".".join(str(part) for part in problem["loc"][:3]) for problem in error.errors()}
        return f"does not parse: {', '.join(sorted(fields))[:200]}"
    return type(error).__name__


def _key(message: Msg) -> tuple[int, datetime]:
    metadata = message.metadata
    return metadata.sequence.stream, metadata.timestamp
