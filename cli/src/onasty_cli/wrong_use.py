"""What is said of arguments that are not understood."""

from __future__ import annotations

import click


def line_of(error: click.ClickException) -> str:
    """Repeats nothing that was given: what was misplaced may be a password, a key or a token."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    guesses = getattr(error, "possibilities", None) or []
    guess = f" Did you mean {' or '.join(sorted(guesses))}?" if guesses else ""
    command = f"{context.command_path} " if context else ""
    return f"{_what(error, context)}{guess} See {command}--help."


def _what(error: click.ClickException, context: click.Context | None) -> str:
    match error:
        case click.MissingParameter() | click.BadOptionUsage():  # names what is ours
            return error.format_message()
        case click.BadParameter(param=click.Parameter() as parameter):
            return f"Invalid value for {parameter.get_error_hint(context)}."
        case click.NoSuchOption():
            return "There is no such option."
    if context is not None and isinstance(context.command, click.Group):
        return "There is no such command."
    return "There is an argument too many."
