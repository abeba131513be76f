"""All streams of this gateway, and whom an event reaches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry

from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope
from gateway.live.messages import EndReason
from gateway.live.metrics import LiveMetrics
from gateway.live.stream import Look, Stream

# States that are asked for at once, so that an event that many watch, or NATS that is back, is no stampede.
ASKS = 32


class LiveHub:
    """Hands events to streams by the ids of note, author and session, and bounds how many there are."""

    def __init__(self, *, total: int, per_client: int, heartbeat: float, registry: CollectorRegistry) -> None:
        """`heartbeat` in seconds."""
        self._total = total
        self._per_client = per_client
        self._places: Counter[str] = Counter()
        self._listening: dict[UUID, set[Stream]] = {}
        self._all: set[Stream] = set()
        self.asking = asyncio.Semaphore(ASKS)
        self._stopping = False
        self.heartbeat = heartbeat
        self.metrics = LiveMetrics(registry, self._places.total)

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """One of the streams of this client. Raises `overloaded` for one too many, in all or of it."""
        if self._places.total() >= self._total or self._places[client] >= self._per_client:
            raise ServiceError(
                ErrorCode.OVERLOADED, "Too many streams are open; close one, or try again shortly."
            )
        self._places[client] += 1
        try:
            yield
        finally:
            self._places[client] -= 1
            if not self._places[client]:
                del self._places[client]

    @contextmanager
    def listening(self, look: Look, *, alone: bool, to: Sequence[UUID]) -> Iterator[Stream]:
        """A stream that hears what has one of these ids, until the block ends."""
        stream = Stream(look, alone=alone, asking=self.asking, metrics=self.metrics)
        self._all.add(stream)
        for topic in to:
            self._listening.setdefault(topic, set()).add(stream)
        if self._stopping:
            stream.end(EndReason.RESTARTING)
        try:
            yield stream
        finally:
            self._all.discard(stream)
            for topic in to:
                self._listening[topic].discard(stream)
                if not self._listening[topic]:
                    del self._listening[topic]

    def hear(self, envelope: Envelope[Any]) -> None:
        """An event of a note: for those who watch it, and for its author."""
        for topic in {envelope.data.note_id, envelope.data.author_id}:
            for stream in self._listening.get(topic, ()):
                stream.hear(envelope)

    def refresh(self) -> None:
        """Events may have been missed: everybody gets a snapshot."""
        for stream in self._all:
            stream.refresh()

    def end_sessions(self, session_ids: Iterable[UUID]) -> None:
        """Streams of these sessions end now."""
        for session_id in session_ids:
            for stream in self._listening.get(session_id, ()):
                stream.end(EndReason.SESSION_ENDED)

    def stop(self) -> None:
        """All streams end now, and those that begin."""
        self._stopping = True
        for stream in self._all:
            stream.end(EndReason.RESTARTING)
