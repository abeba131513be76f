"""Panels as all dashboards have them. Times are in seconds, and a query's legend says its labels."""

from __future__ import annotations

import string

from grafana_foundation_sdk.builders import dashboard, logs, loki, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions, StackingConfig
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LogsSortOrder,
    StackingMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

METRICS = model.DataSourceRef(type_val="prometheus", uid="prometheus")
LOGS = model.DataSourceRef(type_val="loki", uid="loki")
# Of 24 columns.
HALF = 12
THIRD = 8
QUARTER = 6

Queries = dict[str, str]


def new(uid: str, title: str, description: str) -> dashboard.Dashboard:
    """An empty dashboard of the last hour, which cannot be changed but in its code."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["onasty"])
        .readonly()
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
        .link(dashboard.DashboardLink("Onasty").type(model.DashboardLinkType.DASHBOARDS).tags(["onasty"]))
    )


def graph(
    title: str, unit: str, queries: Queries, *, span: int = HALF, stacked: bool = False
) -> timeseries.Panel:
    """Lines over time, from legend to query; `unit` as Grafana names it."""
    panel = timeseries.Panel().title(title).unit(unit).datasource(METRICS).min(0).span(span).height(8)
    panel = panel.fill_opacity(10).line_width(1)
    if stacked:
        panel = panel.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(40)
    for letter, (legend, query) in zip(string.ascii_uppercase, queries.items(), strict=False):
        panel = panel.with_target(
            prometheus.Dataquery().ref_id(letter).expr(query).legend_format(legend).range()
        )
    return panel


def number(title: str, unit: str, query: str, *, bad_from: float, span: int = QUARTER) -> stat.Panel:
    """One number now, red from `bad_from` on."""
    steps = [model.Threshold(value=None, color="green"), model.Threshold(value=bad_from, color="red")]
    thresholds = dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
    return (
        stat.Panel()
        .title(title)
        .unit(unit)
        .datasource(METRICS)
        .span(span)
        .height(4)
        .thresholds(thresholds)
        .color_mode(BigValueColorMode.BACKGROUND)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(prometheus.Dataquery().ref_id("A").expr(query).range())
    )


def rows(title: str, query: str, *, shown: dict[str, str], span: int = HALF) -> table.Panel:
    """One row for each series now; `shown` are its labels, and `Value`, with what stands above each."""
    hidden = {"Time": True} | ({} if "Value" in shown else {"Value": True})
    return (
        table.Panel()
        .title(title)
        .datasource(METRICS)
        .span(span)
        .height(8)
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize", options={"excludeByName": hidden, "renameByName": shown}
            )
        )
        .with_target(prometheus.Dataquery().ref_id("A").expr(query).instant().format(PromQueryFormat.TABLE))
    )


def lines(title: str, query: str) -> logs.Panel:
    """What services said, the latest first."""
    return (
        logs.Panel()
        .title(title)
        .datasource(LOGS)
        .span(24)
        .height(10)
        .show_time(show_time=True)
        .wrap_log_message(wrap_log_message=True)
        .sort_order(LogsSortOrder.DESCENDING)
        .with_target(loki.Dataquery().ref_id("A").expr(query))
    )
