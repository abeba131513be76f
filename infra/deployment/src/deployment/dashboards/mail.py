"""Letters, from the event that asks for one to what the SMTP server said."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from deployment.dashboards.panels import graph, lines, new, number


def mail() -> dashboard.Dashboard:
    return (
        new("onasty-mail", "Onasty: mail", "Letters, and what the SMTP server says of them.")
        .with_panel(number("Waits longest", "s", "max(mail_oldest_due_seconds)", bad_from=900))
        .with_panel(number("Not sent yet", "none", 'max(mail_jobs{state="due"})', bad_from=100))
        .with_panel(number("Given up, and kept", "none", 'max(mail_jobs{state="dead"})', bad_from=100))
        .with_panel(
            number(
                "Refused for good, of the last hour",
                "percentunit",
                'sum(increase(mails_total{outcome="dead"}[1h])) / sum(increase(mails_total[1h]))',
                bad_from=0.2,
            )
        )
        .with_panel(
            graph(
                "Letters asked for",
                "ops",
                {"{{purpose}}": "sum by (purpose) (rate(auth_letters_total[$__rate_interval]))"},
            )
        )
        .with_panel(
            graph(
                "Letters settled",
                "ops",
                {
                    "{{outcome}} {{letter}}": (
                        "sum by (outcome, letter) (rate(mails_total[$__rate_interval]))"
                    )
                },
            )
        )
        .with_panel(
            graph(
                "Attempts",
                "ops",
                {"{{outcome}}": "sum by (outcome) (rate(mail_attempts_total[$__rate_interval]))"},
                stacked=True,
            )
        )
        .with_panel(graph("Letters that wait", "none", {"{{state}}": "max by (state) (mail_jobs)"}))
        .with_panel(
            graph(
                "Asked for, and not taken by the mailer yet",
                "none",
                {"events": 'max(events_pending{service="mailer"})'},
            )
        )
        .with_panel(
            graph(
                "What the mailer asks of auth, and is not answered with success",
                "reqps",
                {
                    "{{code}} {{subject}}": (
                        "sum by (code, subject) (rate(rpc_client_request_seconds_count"
                        '{service="mailer", code!="ok"}[$__rate_interval]))'
                    )
                },
            )
        )
        .with_panel(lines("The mailer's log", '{service="mailer"}'))
    )
