"""What a server's refusal means for the command: the one table from its codes to ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode

_CODES = {
    "note_not_found": (ExitCode.NOT_FOUND, "There is no such note, or none of yours, or it is long gone."),
    "note_already_read": (ExitCode.ALREADY_READ, "Somebody has read this note already"),
    "note_expired": (ExitCode.EXPIRED, "This note's time is over."),
    "note_password_wrong": (ExitCode.PASSWORD_WRONG, "The password is wrong. Nothing was burned."),
    "note_proof_wrong": (
        ExitCode.LINK_INCOMPLETE,
        "What stands behind # in the link is not this note's. Nothing was burned; copy all of the link.",
    ),
    "too_many_guesses": (ExitCode.LIMITED, "Too many wrong passwords for this note"),
    "too_many_requests": (ExitCode.LIMITED, "Too many requests"),
    "unauthenticated": (ExitCode.REFUSED, "The server wants to know who you are."),
}
_BUSY = 503
_LIMITED = 429
_OURS = frozenset(range(400, 500))


def error_of(status: int, body: Mapping[str, Any], retry_after: int | None) -> CommandError:
    """`body` is the problem that the server sent, empty when it sent none."""
    name = body.get("code")
    if name in _CODES:
        code, message = _CODES[name]
        if code is ExitCode.ALREADY_READ:
            message = f"{message}{_when(body.get('read_at'))}."
        if code is ExitCode.LIMITED:
            message = f"{message}. Try again in {retry_after or 1} s."
        return CommandError(code, message)
    if status == _LIMITED:
        return CommandError(ExitCode.LIMITED, f"Too many requests. Try again in {retry_after or 1} s.")
    if status == _BUSY:
        return CommandError(
            ExitCode.UNREACHABLE, "The server is there, but cannot answer now. Try again later."
        )
    if name is None:
        return CommandError(ExitCode.UNREACHABLE, "What answers there is no Onasty server.")
    if status in _OURS:
        return CommandError(ExitCode.REFUSED, f"The server refused: {body.get('detail', name)}")
    return CommandError(ExitCode.UNEXPECTED, "Something failed on the server.")


def _when(read_at: object) -> str:
    try:
        moment = datetime.fromisoformat(str(read_at)).astimezone()
    except ValueError:
        return ""
    return f", at {moment:%Y-%m-%d %H:%M:%S %Z}"
