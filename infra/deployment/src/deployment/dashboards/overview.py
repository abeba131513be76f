"""Whether all is well, and where to look when it is not."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from deployment.dashboards.panels import THIRD, graph, lines, new, number, rows


def overview() -> dashboard.Dashboard:
    return (
        new("onasty-overview", "Onasty: overview", "Whether people are served, and what stands in the way.")
        .with_panel(number("Alerts", "none", 'count(ALERTS{alertstate="firing"}) or vector(0)', bad_from=1))
        .with_panel(number("Requests that fail", "percentunit", "onasty:http_errors:ratio5m", bad_from=0.01))
        .with_panel(
            number("Slowest of a hundred", "s", "max(onasty:http_request_seconds:p99_5m)", bad_from=1.5)
        )
        .with_panel(number("Letter that waits longest", "s", "max(mail_oldest_due_seconds)", bad_from=900))
        .with_panel(
            number("Replicas that are not ready", "none", "count(ready == 0) or vector(0)", bad_from=1)
        )
        .with_panel(
            number("Event that waits longest", "s", "max(outbox_oldest_unpublished_seconds)", bad_from=60)
        )
        .with_panel(number("Dead letters", "none", "max(dead_letters)", bad_from=1))
        .with_panel(
            number("Versions at once", "none", "count(count by (version) (onasty_build_info))", bad_from=2)
        )
        .with_row(dashboard.Row("People"))
        .with_panel(
            graph(
                "Requests",
                "reqps",
                {"{{route}}": "sum by (route) (rate(http_request_seconds_count[$__rate_interval]))"},
            )
        )
        .with_panel(
            graph(
                "Answers that are not a success",
                "reqps",
                {
                    "{{status}} {{route}}": (
                        "sum by (status, route) "
                        '(rate(http_request_seconds_count{status=~"[45].."}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Time of the slowest of a hundred", "s", {"{{route}}": "onasty:http_request_seconds:p99_5m"}
            )
        )
        .with_panel(
            graph(
                "Refused by a limit",
                "reqps",
                {
                    "{{limit}}": "sum by (limit) (rate(rate_limit_refusals_total[$__rate_interval]))",
                    "connections, {{bound}}": (
                        "sum by (bound) (rate(http_connections_refused_total[$__rate_interval]))"
                    ),
                    "no HTTP": "sum(rate(http_malformed_total[$__rate_interval]))",
                    "not counted without Valkey, {{limit}}": (
                        "sum by (limit) (rate(rate_limit_without_redis_total[$__rate_interval]))"
                    ),
                },
            )
        )
        .with_row(dashboard.Row("What people do"))
        .with_panel(
            graph(
                "Notes",
                "ops",
                {
                    "{{operation}}": (
                        "sum by (operation) (rate(rpc_server_request_seconds_count{operation=~"
                        '"(create|reveal|delete)_note", code="ok"}[$__rate_interval]))'
                    )
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Notes there are", "none", {"{{state}}": "max by (state) (notes)"}, span=THIRD, stacked=True
            )
        )
        .with_panel(graph("Live updates that are open", "none", {"open": "sum(live_streams)"}, span=THIRD))
        .with_panel(
            graph(
                "Accounts",
                "ops",
                {
                    "sign-ins, {{outcome}}": (
                        "sum by (outcome) (rate(auth_sign_ins_total[$__rate_interval]))"
                    ),
                    "sessions renewed, {{outcome}}": (
                        "sum by (outcome) (rate(auth_refreshes_total[$__rate_interval]))"
                    ),
                    "sign-ups": "sum(rate(auth_sign_ups_total[$__rate_interval]))",
                    "elsewhere, {{provider}} {{outcome}}": (
                        "sum by (provider, outcome) (rate(auth_oauth_sign_ins_total[$__rate_interval]))"
                    ),
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Letters",
                "ops",
                {"{{outcome}}": "sum by (outcome) (rate(mails_total[$__rate_interval]))"},
                span=THIRD,
            )
        )
        .with_row(dashboard.Row("What serves them"))
        .with_panel(
            rows(
                "Versions",
                "count by (service, version) (onasty_build_info)",
                shown={"service": "Service", "version": "Version", "Value": "Replicas"},
            )
        )
        .with_panel(
            graph(
                "Replicas that do not reach what they need",
                "none",
                {
                    "{{service}}: {{check}}": "count by (service, check) (health_check == 0)",
                    "{{service}}: limits of all": "count by (service) (rate_limit_shared == 0)",
                },
            )
        )
        .with_panel(lines("Errors and warnings", '{level=~"error|warning"}'))
    )
