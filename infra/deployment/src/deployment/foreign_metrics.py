"""The series that no source of ours declares: what Prometheus adds, and what Caddy tells."""

from __future__ import annotations

# The labels that Prometheus adds by infra/monitoring/prometheus/prometheus.yml.
TARGET = frozenset({"job", "instance", "service"})
# Name of each series → its labels.
OF_CADDY = {"caddy_http_request_duration_seconds_count": TARGET | {"handler", "code", "method", "server"}}
OF_PROMETHEUS = {
    "up": TARGET,
    "ALERTS": TARGET | {"alertname", "alertstate", "severity"},
}
