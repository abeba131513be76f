"""Where a note goes. `write` returns when it is there, so that only then the server is told."""

from __future__ import annotations

import fcntl
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
from onasty_cli.state_files import sync_folder
from onasty_cli.terminal import say

_STDOUT = 1
_LAST_OF_FOUR_DIGITS = 0xFFFF


class Output(Protocol):
    def write(self, text: str) -> None:
        """Raises `CommandError` with `OUTPUT_FAILED` when not all of it could be written."""


@contextmanager
def output_to(path: Path | None) -> Iterator[Output]:
    """Raises `CommandError` with `USAGE` at once when a file cannot be made there, or is there already."""
    if path is None:
        need_stdout()
        yield StandardOutput()
        return
    if os.path.lexists(path):
        raise CommandError(ExitCode.USAGE, "The output file exists already. Nothing was read.")
    try:
        descriptor, name = tempfile.mkstemp(prefix=".onasty-", dir=path.parent)
    except OSError as error:
        raise _not_made(error) from None
    unnamed = Path(name)
    try:
        _prove(unnamed)
        yield FileOutput(descriptor, unnamed, path)
    finally:
        os.close(descriptor)
        unnamed.unlink(missing_ok=True)


def need_stdout() -> None:
    """Raises `CommandError` with `OUTPUT_FAILED` when it was closed: to be known before anything is done."""
    if fcntl.fcntl(_STDOUT, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise CommandError(ExitCode.OUTPUT_FAILED, "Stdout is closed. Nothing was done.")


class StandardOutput:
    """Bytes as they are for a pipe or a file; at a terminal, control characters are made harmless."""

    def write(self, text: str) -> None:
        try:
            _write_to_stdout(text)
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
            # At once: while the server is told, nothing may leave a second copy behind.
            self._unnamed.unlink()
            sync_folder(self._path.parent)
        except OSError as error:
            raise _not_written(error) from None


def print_line(text: str) -> None:
    """The result of a command that is no note, likewise. Raises `CommandError` with `OUTPUT_FAILED`."""
    try:
        _write_to_stdout(text + "\n")
    except OSError as error:
        raise CommandError(
            ExitCode.OUTPUT_FAILED, f"The result could not be written: {error.strerror}."
        ) from None


def _write_to_stdout(text: str) -> None:
    _write(_STDOUT, _for_terminal(text) if os.isatty(_STDOUT) else text)


def _write(descriptor: int, text: str) -> None:
    data = text.encode(errors="backslashreplace")
    while data:
        data = data[os.write(descriptor, data) :]
    # Only a disk has this, and may say only now that it is full.
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fsync(descriptor)


def _prove(unnamed: Path) -> None:
    """What `FileOutput.write` does at the end works here: some file systems know no second name."""
    other = unnamed.with_name(f"{unnamed.name}.other")
    try:
        other.hardlink_to(unnamed)
        other.unlink()
        sync_folder(unnamed.parent)
    except OSError as error:
        raise _not_made(error) from None


def _not_made(error: OSError) -> CommandError:
    return CommandError(
        ExitCode.USAGE, f"The output file cannot be made: {error.strerror}. Nothing was read."
    )


def _not_written(error: OSError) -> CommandError:
    return CommandError(
        ExitCode.OUTPUT_FAILED,
        f"The note could not be written: {error.strerror}. The same command gives it again within a minute.",
    )


def _for_terminal(text: str) -> str:
    text = text.replace("\r\n", "\n")
    shown = "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf"}
        else _escaped(ord(character))
        for character in text
    )
    if shown != text:
        say("Control characters are shown as \\u…; a pipe or --output gives the text as it is.")
    return shown if shown.endswith("\n") else shown + "\n"


def _escaped(number: int) -> str:
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"
