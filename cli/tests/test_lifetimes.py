from datetime import UTC, datetime

import pytest

from onasty_cli.command_error import CommandError
from onasty_cli.lifetimes import expiry_of

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", "2026-01-31T12:01:30Z"),
        ("30m", "2026-01-31T12:30:00Z"),
        ("12h", "2026-02-01T00:00:00Z"),
        ("7d", "2026-02-07T12:00:00Z"),
        ("2w", "2026-02-14T12:00:00Z"),
        ("2026-02-01T01:00:00+01:00", "2026-02-01T00:00:00Z"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    ],
)
def test_a_span_or_a_time(text, expected):
    assert expiry_of(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "d",
        "7 d",
        "-1d",
        "7y",
        "0d",
        "1.5h",
        "999999w",
        "9999-12-31T23:59:59-14:00",
        "2026-02-01T00:00:00",
        "2026-01-31T12:00:00Z",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(CommandError):
        expiry_of(text, NOW)
