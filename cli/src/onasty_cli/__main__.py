"""`onasty`, and how it ends."""

from __future__ import annotations

import os
import re
import sys
import traceback

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode


def main() -> None:
    """Run the command that the arguments name. One line on stderr says what failed, without a secret."""
    _open_what_was_closed()
    code = _run()
    # For the interpreter's last words too: whoever reads our output may be gone by then.
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = code or ExitCode.OUTPUT_FAILED
    sys.exit(int(code))


def _open_what_was_closed() -> None:
    """Else a connection or a file would be given the number, and with it what was meant for stdout.

    Reading and writing then fail, but for stderr, of which nothing depends.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            stream = open(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


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
    from onasty_cli.terminal import show  # noqa: PLC0415

    try:
        code: int | None = onasty.main(prog_name="onasty", standalone_mode=False)
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        show(error.format_message() + "\n")
        return ExitCode.USAGE
    except click.ClickException as error:
        raise CommandError(ExitCode.USAGE, _without_links(error.format_message())) from None
    except OSError as error:
        raise CommandError(
            ExitCode.OUTPUT_FAILED, f"The result could not be written: {error.strerror}."
        ) from None
    except SystemExit as end:  # click's end of a broken pipe, and of a shell's request for completions
        return ExitCode.OUTPUT_FAILED if end.code else ExitCode.OK
    return code or ExitCode.OK


def _without_links(message: str) -> str:
    # What was misplaced may be a link, and stderr may be a log.
    return re.sub(r"\S*#\S*", "(a link)", message)


if __name__ == "__main__":
    main()
