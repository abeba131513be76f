"""What people see besides the result: all of it on stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2


def say(message: str) -> None:
    """One line, whatever the message holds."""
    line = "".join(character if character.isprintable() else "?" for character in message)
    show(f"onasty: {line}\n")


def show(text: str) -> None:
    """Nothing depends on it: where nobody takes it, it is lost."""
    with suppress(OSError):
        os.write(_STDERR, text.encode(errors="backslashreplace"))


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows at a terminal that something takes its time."""
    if not os.isatty(_STDERR):
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second that a script need not wait

    with Console(stderr=True).status(what):
        yield
