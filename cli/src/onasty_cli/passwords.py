"""Where a password comes from: a file, the environment, or whoever sits there. Never an argument."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from pathlib import Path

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode

VARIABLE = "ONASTY_PASSWORD"
_TRIES = 3


class Passwords:
    """`given` is from the file or else from `ONASTY_PASSWORD`, and None when there is neither."""

    def __init__(self, environment: Mapping[str, str], file: Path | None) -> None:
        given = _read(file) if file is not None else environment.get(VARIABLE)
        self.given = _text(given) if given else None

    @property
    def tries(self) -> int:
        """How often it makes sense to call `to_read`."""
        return 1 if self.given is not None else _TRIES

    def to_read(self) -> str:
        """Asks each time. Raises `CommandError` with `USAGE` when there is nobody to ask."""
        if self.given is not None:
            return self.given
        _need_terminal()
        return _text(getpass.getpass("Password of the note: "))

    def to_send(self) -> str:
        """Asks twice. Raises `CommandError` with `USAGE` when there is nobody to ask, or the two differ."""
        if self.given is not None:
            return self.given
        _need_terminal()
        first = getpass.getpass("Password: ")
        if not first:
            raise CommandError(ExitCode.USAGE, "An empty password protects nothing.")
        if first != getpass.getpass("The same once more: "):
            raise CommandError(ExitCode.USAGE, "The two passwords differ.")
        return _text(first)


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandError(
            ExitCode.USAGE, f"The file with the password cannot be read: {_why(error)}."
        ) from None
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise CommandError(ExitCode.USAGE, "The file with the password is empty.")
    return password


def _text(password: str) -> str:
    try:
        password.encode()
    except UnicodeEncodeError:
        raise CommandError(ExitCode.USAGE, "The password is no UTF-8 text.") from None
    return password


def _why(error: OSError | ValueError) -> str:
    return error.strerror or "unknown" if isinstance(error, OSError) else "it is no UTF-8"


def _need_terminal() -> None:
    # Not stdin, which may be the note. Without a terminal getpass would show what is typed.
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise CommandError(
            ExitCode.USAGE,
            f"A password is needed, and nobody is there to ask: set {VARIABLE} or give --password-file.",
        ) from None
