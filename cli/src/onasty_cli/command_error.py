"""The one way a command fails."""

from __future__ import annotations

from onasty_cli.exit_codes import ExitCode


class CommandError(Exception):
    """Ends the command with `code` and one line for a person: no secret, no token, no link stands in it."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
