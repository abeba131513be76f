"""Mail: whether its server takes us, and whether letters wait."""

from __future__ import annotations

import asyncio

import asyncpg

from chassis.settings import SettingsError
from doctor.finding import Finding, ok, warning, wrong
from doctor.installation import Installation
from mailer.app import smtp_sending
from mailer.domain.failure import PostponedError

ANSWER_WITHIN = 8.0
# As in the alert.
LETTERS_WAIT = 15 * 60.0


async def letters(_name: str, connection: asyncpg.Connection[asyncpg.Record]) -> Finding:
    """Those that wait and those that were given up."""
    due, age, dead = await connection.fetchrow(  # type: ignore[misc]  # an aggregate has a row
        """
        SELECT count(*) FILTER (WHERE state = 'due'),
            coalesce(extract(epoch FROM now() - min(queued_at) FILTER (WHERE state = 'due')), 0)::float8,
            count(*) FILTER (WHERE state = 'dead')
        FROM jobs WHERE state IN ('due', 'dead')
        """
    )
    if age > LETTERS_WAIT:
        return wrong(
            "letters",
            f"{due} wait, the oldest for {age / 60:.0f} minutes",
            "The mailer's log has what the SMTP server says; docs/runbooks.md#mail-waits",
        )
    if dead:
        return warning(
            "letters",
            f"{dead} were given up",
            "`python -m mailer dead list` says why, `dead replay --all` tries again",
        )
    return ok("letters", "none waits for long, none was given up")


async def mail_server(installation: Installation) -> list[Finding]:
    """Greeting, TLS and password, as the mailer would; no letter is sent."""
    settings = installation.mailer
    if settings is None:
        return []
    if settings.sender == "console":
        return [warning("smtp", "letters go to the log", "Set MAILER_SENDER=smtp for people")]
    try:
        async with asyncio.timeout(ANSWER_WITHIN), smtp_sending(settings) as sender:
            await sender.greet()
    except SettingsError as error:
        return [wrong("smtp", str(error), "docs/settings.md#mailer")]
    except (PostponedError, TimeoutError) as error:
        says = str(error) or "smtp: no answer"
        return [wrong("smtp", says.removeprefix("smtp: "), _advice(says))]
    how = "without TLS" if settings.smtp_security == "none" else f"by {settings.smtp_security}"
    return [ok("smtp", f"greets, {how}" + (", and takes the password" if settings.smtp_user else ""))]


def _advice(says: str) -> str:
    if "TLS" in says:
        return (
            "Look whether its certificate is for MAILER_SMTP_HOST, and at MAILER_SMTP_SECURITY and …_CA_FILE"
        )
    if "authentication" in says:
        return "Correct MAILER_SMTP_USER and MAILER_SMTP_PASSWORD"
    return "Look at MAILER_SMTP_HOST and MAILER_SMTP_PORT, and whether the way out is open"
