"""How long a note is to live."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(\d{1,6})([smhdw])")


def expiry_of(text: str, now: datetime) -> str:
    """`7d` or `2026-01-31T12:00:00Z`, as RFC 3339 in UTC. Raises `CommandError` with `USAGE`."""
    try:
        moment = _moment(text, now)
    except (OverflowError, ValueError):
        raise CommandError(
            ExitCode.USAGE,
            "--expires is a number with s, m, h, d or w, or a time with its zone, as 2026-01-31T12:00:00Z.",
        ) from None
    if moment <= now:
        raise CommandError(ExitCode.USAGE, "--expires lies in the past.")
    return moment.isoformat().replace("+00:00", "Z")


def _moment(text: str, now: datetime) -> datetime:
    if span := _SPAN.fullmatch(text):
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(UTC)
