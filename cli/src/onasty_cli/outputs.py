"""Where a note goes. `write` returns when it is there, so that only then the server is told."""

from __future__ import annotations

import os
import stat
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.terminal import say

_STDOUT = 1


class Output(Protocol):
    def write(self, text: str) -> None:
        """Raises `CommandError` with `OUTPUT_FAILED` when not all of it could be written."""


@contextmanager
def output_to(path: Path | None) -> Iterator[Output]:
    """Raises `CommandError` with `USAGE` at once when a file cannot be made there, or is there already."""
    if path is None:
        yield StandardOutput()
        return
    if path.exists():
        raise CommandError(ExitCode.USAGE, "The output file exists already. Nothing was read.")
    try:
        descriptor, unnamed = tempfile.mkstemp(prefix=".onasty-", dir=path.parent)
    except OSError as error:
        raise CommandError(
            ExitCode.USAGE, f"The output file cannot be made: {error.strerror}. Nothing was read."
        ) from None
    try:
        yield FileOutput(descriptor, Path(unnamed), path)
    finally:
        os.close(descriptor)
        Path(unnamed).unlink(missing_ok=True)


class StandardOutput:
    """Bytes as they are for a pipe or a file; at a terminal, control characters are made harmless."""

    def write(self, text: str) -> None:
        if os.isatty(_STDOUT):
            text = _for_terminal(text)
        try:
            _write(_STDOUT, text)
        except OSError as error:
            raise _not_written(error) from None


class FileOutput:
    """A file for its owner alone, which is whole as soon as it has its name."""

    def __init__(self, descriptor: int, unnamed: Path, path: Path) -> None:
        self._descriptor = descriptor
        self._unnamed = unnamed
        self._path = path

    def write(self, text: str) -> None:
        try:
            _write(self._descriptor, text)
            # Unlike a rename this never replaces what somebody else put there meanwhile.
            self._path.hardlink_to(self._unnamed)
        except OSError as error:
            raise _not_written(error) from None


def print_line(text: str) -> None:
    """The result of a command that is no note. Raises `CommandError` with `OUTPUT_FAILED`."""
    try:
        _write(_STDOUT, text + "\n")
    except OSError as error:
        raise CommandError(
            ExitCode.OUTPUT_FAILED, f"The result could not be written: {error.strerror}."
        ) from None


def _write(descriptor: int, text: str) -> None:
    data = text.encode(errors="backslashreplace")
    while data:
        data = data[os.write(descriptor, data) :]
    # Only a disk has this, and may say only now that it is full.
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fsync(descriptor)


def _not_written(error: OSError) -> CommandError:
    return CommandError(
        ExitCode.OUTPUT_FAILED,
        f"The note could not be written: {error.strerror}. The same command gives it again within a minute.",
    )


def _for_terminal(text: str) -> str:
    shown = "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf"}
        else f"\\u{ord(character):04x}"
        for character in text.replace("\r\n", "\n")
    )
    if len(shown) > len(text):
        say("Control characters are shown as \\u…; a pipe or --output gives the text as it is.")
    return shown if shown.endswith("\n") else shown + "\n"
