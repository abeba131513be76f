"""`onasty`, and how it ends."""

from __future__ import annotations

import io
import os
import sys
import traceback
from contextlib import redirect_stdout

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode


def main() -> None:
    """Run the command that the arguments name. One line on stderr says what failed, without a secret."""
    _open_what_was_closed()
    sys.exit(int(_run()))


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
    from onasty_cli.outputs import print_line  # noqa: PLC0415
    from onasty_cli.terminal import show  # noqa: PLC0415
    from onasty_cli.wrong_use import line_of  # noqa: PLC0415

    code: int | str | None
    # Help, the version, completions: whether they could be written is told as of any other result.
    written = io.BytesIO()
    stdout = io.TextIOWrapper(written, encoding="utf-8")
    try:
        with redirect_stdout(stdout):
            code = onasty.main(prog_name="onasty", standalone_mode=False)
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        show(error.format_message() + "\n")
        return ExitCode.USAGE
    except click.ClickException as error:
        raise CommandError(ExitCode.USAGE, line_of(error)) from None
    except SystemExit as end:  # of a shell's request for completions
        code = end.code
    if said := written.getvalue().decode():
        print_line(said.removesuffix("\n"))
    return int(code or ExitCode.OK)


if __name__ == "__main__":
    main()
