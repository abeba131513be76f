"""Figures of streams."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    """Streams that are open, how they ended, and what they said."""

    def __init__(self, registry: CollectorRegistry, open_streams: Callable[[], int]) -> None:
        Gauge("live_streams", "Streams of events that are open", registry=registry).set_function(open_streams)
        self.ended = Counter(
            "live_streams_ended",
            "Streams that ended: over, session_ended, token_expired, restarting, left by the client, failed",
            ["reason"],
            registry=registry,
        )
        self.sent = Counter("live_events_sent", "Messages to clients", ["event"], registry=registry)
        self.dropped = Counter(
            "live_events_dropped",
            "Events that a slow reader got no message of, but a snapshot",
            registry=registry,
        )
