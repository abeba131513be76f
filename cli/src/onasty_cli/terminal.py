"""What people see besides the result: all of it on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def say(message: str) -> None:
    """One line, whatever the message holds."""
    line = "".join(character if character.isprintable() else "?" for character in message)
    sys.stderr.write(f"onasty: {line}\n")
    sys.stderr.flush()


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows at a terminal that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second that a script need not wait

    with Console(stderr=True).status(what):
        yield
