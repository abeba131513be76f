"""One service: its replicas, its work, its database."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from deployment.dashboards.panels import METRICS, THIRD, graph, lines, new


def service() -> dashboard.Dashboard:
    return (
        new("onasty-service", "Onasty: service", "One service: its replicas, its work, its database.")
        .with_variable(
            dashboard.QueryVariable("service")
            .label("Service")
            .datasource(METRICS)
            .query('label_values(up{job="onasty"}, service)')
        )
        .with_row(dashboard.Row("Work"))
        .with_panel(
            graph(
                "Requests answered",
                "reqps",
                {
                    "{{operation}}": (
                        "sum by (operation) "
                        '(rate(rpc_server_request_seconds_count{service="$service"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Refusals and failures",
                "reqps",
                {
                    "{{code}} {{operation}}": (
                        "sum by (code, operation) (rate(rpc_server_request_seconds_count"
                        '{service="$service", code!="ok"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Time of the slowest of a hundred",
                "s",
                {"{{operation}}": 'onasty:rpc_server_request_seconds:p99_5m{service="$service"}'},
            )
        )
        .with_panel(
            graph(
                "Asked of others, and not answered with success",
                "reqps",
                {
                    "{{code}} {{subject}}": (
                        "sum by (code, subject) (rate(rpc_client_request_seconds_count"
                        '{service="$service", code!="ok"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Slowest of a hundred of what others were asked",
                "s",
                {
                    "{{subject}}": (
                        "histogram_quantile(0.99, sum by (le, subject) (rate("
                        'rpc_client_request_seconds_bucket{service="$service"}[$__rate_interval])))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Passwords",
                "none",
                {
                    "in hand, {{instance}}": 'password_hashes_in_hand{service="$service"}',
                    "made or compared a second, {{instance}}": (
                        'rate(password_hash_seconds_count{service="$service"}[$__rate_interval])'
                    ),
                },
            )
        )
        .with_row(dashboard.Row("Replicas"))
        .with_panel(
            graph(
                "Replicas",
                "none",
                {
                    "found": 'count(up{job="onasty", service="$service"})',
                    "answer": 'sum(up{job="onasty", service="$service"})',
                    "ready": 'sum(ready{service="$service"})',
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "In hand",
                "none",
                {
                    "requests, {{instance}}": 'rpc_server_requests_in_hand{service="$service"}',
                    "HTTP requests, {{instance}}": 'http_requests_in_hand{service="$service"}',
                    "connections, {{instance}}": 'http_connections{service="$service"}',
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Processor",
                "percentunit",
                {"{{instance}}": 'rate(process_cpu_seconds_total{service="$service"}[$__rate_interval])'},
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Memory",
                "bytes",
                {"{{instance}}": 'process_resident_memory_bytes{service="$service"}'},
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Open files",
                "none",
                {"{{instance}}": 'process_open_fds{service="$service"}'},
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Connections to the database",
                "none",
                {
                    "there, {{instance}}": 'postgres_connections{service="$service"}',
                    "lent out, {{instance}}": 'postgres_connections_in_use{service="$service"}',
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Slowest of a hundred waits for one of them",
                "s",
                {"{{service}}": 'onasty:postgres_wait_seconds:p99_5m{service="$service"}'},
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Asks in one statement",
                "none",
                {
                    "{{batcher}}": (
                        'sum by (batcher) (rate(batch_size_sum{service="$service"}[$__rate_interval])) / '
                        'sum by (batcher) (rate(batch_size_count{service="$service"}[$__rate_interval]))'
                    )
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Asks that wait for a statement",
                "none",
                {
                    "{{batcher}}": 'sum by (batcher) (batch_pending{service="$service"})',
                    "run again a second, {{batcher}}": (
                        'sum by (batcher) (rate(batches_retried_total{service="$service"}[$__rate_interval]))'
                    ),
                },
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Ended sessions whose tokens are refused",
                "none",
                {"{{instance}}": 'revoked_sessions{service="$service"}'},
                span=THIRD,
            )
        )
        .with_panel(
            graph(
                "Swept",
                "ops",
                {
                    "notes: {{what}}": (
                        'sum by (what) (rate(notes_swept_total{service="$service"}[$__rate_interval]))'
                    ),
                    "accounts: {{what}}": (
                        'sum by (what) (rate(auth_swept_total{service="$service"}[$__rate_interval]))'
                    ),
                },
            )
        )
        .with_panel(lines("Log", '{service="$service"}'))
    )
