"""Events on their way, from a commit to an effect elsewhere."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from deployment.dashboards.panels import graph, new, number


def messaging() -> dashboard.Dashboard:
    return (
        new("onasty-messaging", "Onasty: messaging", "NATS, and events from a commit to an effect elsewhere.")
        .with_panel(
            number("Not connected to NATS", "none", "count(nats_connected == 0) or vector(0)", bad_from=1)
        )
        .with_panel(
            number("Event that waits longest", "s", "max(outbox_oldest_unpublished_seconds)", bad_from=60)
        )
        .with_panel(number("Dead letters", "none", "max(dead_letters)", bad_from=1))
        .with_panel(
            number("Gateways behind", "none", "count(events_follower_current == 0) or vector(0)", bad_from=1)
        )
        .with_panel(
            graph(
                "Events published",
                "ops",
                {"{{service}}": "sum by (service) (rate(outbox_published_total[$__rate_interval]))"},
            )
        )
        .with_panel(
            graph(
                "Age of the oldest that is not published",
                "s",
                {"{{service}}": "max by (service) (outbox_oldest_unpublished_seconds)"},
            )
        )
        .with_panel(
            graph("Not published yet", "none", {"{{service}}": "max by (service) (outbox_unpublished)"})
        )
        .with_panel(
            graph(
                "Published, and not handled yet",
                "none",
                {
                    "{{service}} was not given": "max by (service) (events_pending)",
                    "{{service}} has in hand": "max by (service) (events_unacknowledged)",
                    "{{service}} has in hand again": "max by (service) (events_redelivered)",
                },
            )
        )
        .with_panel(
            graph(
                "Events handled",
                "ops",
                {
                    "{{service}}: {{event}}": (
                        "sum by (service, event) "
                        '(rate(events_consumed_total{outcome="handled"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Events that were not handled at once",
                "ops",
                {
                    "{{outcome}} {{service}}: {{event}}": (
                        "sum by (outcome, service, event) "
                        '(rate(events_consumed_total{outcome!="handled"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Followed by the gateways",
                "ops",
                {
                    "{{outcome}}: {{event}}": (
                        "sum by (outcome, event) (rate(events_followed_total[$__rate_interval]))"
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Live updates",
                "none",
                {
                    "open": "sum(live_streams)",
                    "sent a second, {{event}}": (
                        "sum by (event) (rate(live_events_sent_total[$__rate_interval]))"
                    ),
                    "dropped a second": "sum(rate(live_events_dropped_total[$__rate_interval]))",
                    "ended a second, {{reason}}": (
                        "sum by (reason) (rate(live_streams_ended_total[$__rate_interval]))"
                    ),
                },
            )
        )
        .with_panel(
            graph(
                "Waits to be sent to NATS",
                "bytes",
                {"{{service}} on {{instance}}": "nats_pending_bytes"},
            )
        )
        .with_panel(
            graph(
                "Connections that were lost and found",
                "ops",
                {
                    "{{service}}": "sum by (service) (rate(nats_reconnects_total[$__rate_interval]))",
                    "refused by NATS, {{service}}": (
                        "sum by (service) (rate(nats_permission_violations_total[$__rate_interval]))"
                    ),
                },
            )
        )
    )
