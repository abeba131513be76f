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
    if span := _SPAN.fullmatch(text):
        try:
            moment = now + timedelta(**{_UNITS[span[2]]: int(span[1])})
        except OverflowError:
            raise _wrong() from None
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _wrong() from None
        if moment.tzinfo is None:
            raise _wrong()
    if moment <= now:
        raise CommandError(ExitCode.USAGE, "--expires lies in the past.")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _wrong() -> CommandError:
    return CommandError(
        ExitCode.USAGE,
        "--expires is a number with s, m, h, d or w, or a time with its zone such as 2026-01-31T12:00:00Z.",
    )
