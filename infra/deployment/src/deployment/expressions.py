"""Every query of the dashboards and the rules, as they are committed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from devstack.repository import ROOT

MONITORING = ROOT / "infra" / "monitoring"
RULES = MONITORING / "prometheus" / "rules"
DASHBOARDS = MONITORING / "grafana" / "dashboards"
# What Grafana puts in by itself.
BUILT_IN = {"$__rate_interval": "5m"}
# For any of a dashboard's own variables.
CHOSEN = "notes"

LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), (?P<label>\w+)\)")
IN_LEGEND = re.compile(r"\{\{\s*(\w+)\s*\}\}")
IN_ANNOTATION = re.compile(r"\$labels\.(\w+)")


@dataclass(frozen=True, slots=True)
class Expression:
    """A PromQL query, where it stands, and the labels of its result that are `shown` beside it."""

    place: str
    query: str
    shown: frozenset[str] = frozenset()


def rules() -> list[dict[str, Any]]:
    """Alerts and recorded rules."""
    files = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def recorded() -> dict[str, str]:
    """Names of recorded series, and their queries."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def dashboards() -> dict[str, dict[str, Any]]:
    """What Grafana is given, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def expressions() -> list[Expression]:
    """All of PromQL. Raises `ValueError` for a variable that its dashboard does not have."""
    found = []
    for rule in rules():
        words = " ".join(rule.get("annotations", {}).values())
        found.append(
            Expression(
                rule.get("alert") or rule["record"], rule["expr"], frozenset(IN_ANNOTATION.findall(words))
            )
        )
    for name, dashboard in dashboards().items():
        found += _variables(name, dashboard)
        for place, target in _targets(name, dashboard, "prometheus"):
            shown = frozenset(IN_LEGEND.findall(target.get("legendFormat", "")))
            found.append(Expression(place, _chosen(place, target["expr"], dashboard), shown))
    return found


def log_queries() -> list[tuple[str, str]]:
    """Where a LogQL query stands, and the query. Raises `ValueError` as `expressions` does."""
    return [
        (place, _chosen(place, target["expr"], dashboard))
        for name, dashboard in dashboards().items()
        for place, target in _targets(name, dashboard, "loki")
    ]


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those that show something, also inside rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def _targets(name: str, dashboard: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in panels(dashboard):
        if panel["datasource"]["type"] == kind:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target


def _variables(name: str, dashboard: dict[str, Any]) -> Iterator[Expression]:
    for variable in dashboard["templating"].get("list", []):
        place = f"{name}: variable {variable['name']}"
        asks = LABEL_VALUES.fullmatch(variable["query"])
        if asks is None:
            raise ValueError(f"{place}: {variable['query']} is not label_values(SERIES, LABEL)")
        yield Expression(place, f"count by ({asks['label']}) ({asks['series']})")


def _chosen(place: str, query: str, dashboard: dict[str, Any]) -> str:
    own = {f"${variable['name']}": CHOSEN for variable in dashboard["templating"].get("list", [])}
    for variable, value in (BUILT_IN | own).items():
        query = query.replace(variable, value)
    if "$" in query:
        raise ValueError(f"{place}: a variable in {query} is not there")
    return query
