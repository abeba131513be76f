"""Metrics that every service has. Labels are names from the contracts and codes, never what a caller sent."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Seconds. A hop over NATS is well under a millisecond, a request's deadline a few seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class RpcServerMetrics:
    """Requests answered: by operation and code (`ok`, or the error's)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answered = Histogram(
            "rpc_server_request_seconds",
            "Time to answer a request",
            ["operation", "code"],
            buckets=BUCKETS,
            registry=registry,
        )
        self.in_hand = Gauge("rpc_server_requests_in_hand", "Requests being handled", registry=registry)


class RpcClientMetrics:
    """Requests asked of other services: by subject and code."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answered = Histogram(
            "rpc_client_request_seconds",
            "Time until a request was answered or given up",
            ["subject", "code"],
            buckets=BUCKETS,
            registry=registry,
        )


class BrokerMetrics:
    """The connection to NATS."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connected = Gauge("nats_connected", "1 while connected to NATS", registry=registry)
        self.reconnects = Counter("nats_reconnects", "Reconnections to NATS", registry=registry)
        self.pending = Gauge("nats_pending_bytes", "Bytes that wait to be sent to NATS", registry=registry)
        self.violations = Counter(
            "nats_permission_violations",
            "Publishes or subscriptions that NATS refused: a defect of ours",
            registry=registry,
        )


class FollowerMetrics:
    """Events that this process follows: by what is followed, and by event."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.current = Gauge(
            "events_follower_current",
            "1 while this process has handled every event that there is",
            ["event"],
            registry=registry,
        )
        self.followed = Counter(
            "events_followed",
            "Events by outcome: handled, unreadable",
            ["event", "outcome"],
            registry=registry,
        )


class BatchMetrics:
    """Statements that answer many asks: by batcher."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.size = Histogram(
            "batch_size",
            "Asks sent to the database in one statement",
            ["batcher"],
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=registry,
        )
        self.pending = Gauge(
            "batch_pending", "Asks that wait for a statement", ["batcher"], registry=registry
        )
        self.retried = Counter(
            "batches_retried",
            "Batches that the database refused, and that were run again one by one",
            ["batcher"],
            registry=registry,
        )
