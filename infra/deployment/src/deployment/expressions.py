"""Every PromQL query of the dashboards and the rules, as they are committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devstack.repository import ROOT

MONITORING = ROOT / "infra" / "monitoring"
RULES = MONITORING / "prometheus" / "rules"
DASHBOARDS = MONITORING / "grafana" / "dashboards"
# What Grafana puts in before it asks.
VARIABLES = {"$__rate_interval": "5m", "$service": "notes"}


def rules() -> list[dict[str, Any]]:
    """Alerts and recorded rules."""
    files = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def recorded() -> dict[str, str]:
    """Names of recorded series, and their queries."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def expressions() -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for path in sorted(DASHBOARDS.glob("*.json")):
        yield from _of_dashboard(path)


def _of_dashboard(path: Path) -> Iterator[tuple[str, str]]:
    for panel in panels(json.loads(path.read_text())):
        if panel.get("datasource", {}).get("type") != "prometheus":
            continue
        for target in panel["targets"]:
            query = target["expr"]
            for variable, value in VARIABLES.items():
                query = query.replace(variable, value)
            yield f"{path.stem}: {panel['title']}", query


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those that show something, also inside rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel
