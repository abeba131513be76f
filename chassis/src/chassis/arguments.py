"""Arguments of operators' commands."""

from __future__ import annotations

import argparse
from datetime import datetime

EXAMPLE = "2026-01-31T12:00:00Z"


def time_with_zone(text: str) -> datetime:
    """For `type=` of argparse: a moment, the same wherever the command is run."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a time such as {EXAMPLE}") from error
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"say which time zone: {EXAMPLE}")
    return time
