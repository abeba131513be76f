"""The metrics that the services have, as their sources declare them, and those of their processes."""

import ast
import functools
import re
from http import HTTPStatus

import yaml
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from contracts.registry import REQUESTS
from deployment.expressions import MONITORING, recorded
from deployment.foreign_metrics import OF_CADDY, OF_PROMETHEUS, TARGET
from deployment.queries import given
from devstack.repository import sources
from gateway.middleware.elsewhere import ELSEWHERE

PACKAGES = ("chassis", "contracts", "auth", "gateway", "mailer", "notes")


@functools.cache
def known_metrics():
    """Name of each series → its labels."""
    metrics = {**OF_PROMETHEUS, **OF_CADDY}
    for node in nodes():
        if isinstance(node, ast.Call):
            metrics |= _declared(node)
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    for family in registry.collect():
        metrics |= {sample.name: TARGET | set(sample.labels) for sample in family.samples}
    return metrics | {name: given(query, metrics) for name, query in recorded().items()}


@functools.cache
def known_values():
    """Whatever a label may say: words of the sources, operations, statuses, and what Prometheus adds."""
    words = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    words |= {request.operation() for request in REQUESTS} | {str(status.value) for status in HTTPStatus}
    config = yaml.safe_load((MONITORING / "prometheus" / "prometheus.yml").read_text())
    for job in config["scrape_configs"]:
        words.add(job["job_name"])
        for found in job.get("dns_sd_configs", []):
            words |= set(found["names"])
    return words | {"firing", "subroute", str(ELSEWHERE)}


def is_known(value):
    """Some label may say it; `value` is a word, or a regular expression."""
    return value in known_values() or any(re.fullmatch(value, word) for word in known_values())


@functools.cache
def nodes():
    return [
        node
        for package in PACKAGES
        for path in sources(package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    ]


def _declared(call):
    kind = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not call.args or not isinstance(call.args[0], ast.Constant):
        return {}
    metric = call.args[0].value
    named = {word.arg: word.value for word in call.keywords}.get("labels")
    written = call.args[2] if len(call.args) > 2 else named if named is not None else ast.List([])
    labels = TARGET | {label.value for label in getattr(written, "elts", ())}
    match kind:
        case "Counter":
            return {f"{metric}_total": labels}
        case "Histogram":
            return {f"{metric}_bucket": labels | {"le"}, f"{metric}_sum": labels, f"{metric}_count": labels}
        case "Gauge" | "GaugeMetricFamily":
            return {metric: labels}
        case "Info":
            # Its labels are said later. `service` is the target's, and the one of the process `exported_`.
            return {f"{metric}_info": labels | {"version", "exported_service"}}
    return {}
