"""Lines for the person at the terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once. Where nobody reads any more (a closed terminal), it is dropped."""
    # A closed terminal must not keep the launcher from stopping its children.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def printable(text: str) -> str:
    """`text` as one line without control characters, for text that others wrote."""
    return "".join(character if character.isprintable() else " " for character in text)
