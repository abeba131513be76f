"""Readiness as metrics, as of the scrape."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chassis.health import Health


class HealthCollector(Collector):
    """`ready`, and `health_check` for each check of `/readyz`: 1 when it is well."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        ready, words = self._health.report()
        yield GaugeMetricFamily("ready", "1 while the process takes work", value=ready)
        checks = GaugeMetricFamily(
            "health_check", "1 while a check of /readyz finds nothing wrong", labels=["check"]
        )
        for name, word in words.items():
            checks.add_metric([name], float(word == "ok"))
        yield checks
