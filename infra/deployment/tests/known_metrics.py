"""The metrics that the services have, as their sources declare them, and those of their processes."""

import ast
import functools

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from deployment.expressions import recorded
from deployment.queries import grouped_by
from devstack.repository import sources

KINDS = {"Counter", "Gauge", "Histogram"}
# What Prometheus adds by infra/monitoring/prometheus/prometheus.yml.
TARGET = {"job", "instance", "service"}


@functools.cache
def known_metrics():
    """Name of each series → its labels."""
    metrics = {"up": TARGET, "ALERTS": {"alertname", "alertstate", "severity", *TARGET}}
    for package in ("chassis", "auth", "gateway", "mailer", "notes"):
        for path in sources(package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    metrics |= _declared(node)
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    for family in registry.collect():
        metrics |= {sample.name: TARGET | set(sample.labels) for sample in family.samples}
    return metrics | {name: grouped_by(query) for name, query in recorded().items()}


def _declared(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in KINDS or not call.args or not isinstance(call.args[0], ast.Constant):
        return {}
    metric = call.args[0].value
    given = call.args[2] if len(call.args) > 2 else ast.List([])
    labels = TARGET | {label.value for label in given.elts}
    if name == "Counter":
        return {f"{metric}_total": labels}
    if name == "Histogram":
        return {f"{metric}_bucket": labels | {"le"}, f"{metric}_sum": labels, f"{metric}_count": labels}
    return {metric: labels}
