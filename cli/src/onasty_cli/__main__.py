"""`onasty`, and how it ends."""

from __future__ import annotations

import os
import sys
import traceback

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode


def main() -> None:
    """Run the command that the arguments name. One line on stderr says what failed, without a secret."""
    # For the interpreter's last words too: whoever reads our output may be gone by then.
    code = _run()
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = code or ExitCode.OUTPUT_FAILED
    sys.exit(int(code))


def _run() -> int:
    from onasty_cli.terminal import say  # noqa: PLC0415 - Ctrl-C may come while these load

    try:
        return _command()
    except CommandError as error:
        say(error.message)
        return error.code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can say so, and not by the error's own words
        place = traceback.extract_tb(error.__traceback__)[-1]
        say(f"A defect: {type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}.")
        return ExitCode.UNEXPECTED


def _command() -> int:
    import click  # noqa: PLC0415

    from onasty_cli.cli import onasty  # noqa: PLC0415

    try:
        code: int | None = onasty.main(prog_name="onasty", standalone_mode=False)
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        raise CommandError(ExitCode.USAGE, _without_links(error.format_message())) from None
    except BrokenPipeError:
        return ExitCode.OUTPUT_FAILED
    return code or ExitCode.OK


def _without_links(message: str) -> str:
    # What was misplaced may be a link, and stderr may be a log.
    for argument in sys.argv[1:]:
        if "#" in argument:
            message = message.replace(argument, "(a link)")
    return message


if __name__ == "__main__":
    main()
