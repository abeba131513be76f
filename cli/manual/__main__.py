"""Writes the manual, of the commands and the page beside this: `python cli/manual [FILE]`."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

import click

from onasty_cli.cli import COMMANDS, onasty
from onasty_cli.exit_codes import ExitCode

PAGE = Path(__file__).with_name("page.md")
FILE = Path(__file__).parents[2] / "docs" / "cli.md"
WIDTH = 118


def manual() -> str:
    page = PAGE.read_text()
    page = page.replace("{onasty}", paragraphs(onasty.help))
    page = page.replace("{commands}\n", "".join(section(command) for command in COMMANDS))
    return page.replace(
        "{exit codes}\n", "".join(f"| {code.value} | {code.meaning} |\n" for code in ExitCode)
    )


def section(command: click.Command) -> str:
    context = click.Context(command, info_name=command.name, parent=click.Context(onasty, info_name="onasty"))
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    records = [option.get_help_record(context) for option in options]
    rows = "".join(f"| `{record[0]}` | {record[1]} |\n" for record in records if record)
    table = f"| option | |\n| --- | --- |\n{rows}\n" if rows else ""
    return f"### {command.name}\n\n```\n{usage}\n```\n\n{paragraphs(command.help)}\n\n{table}"


def paragraphs(help: str | None) -> str:
    found = re.split(r"\n\s*\n", (help or "").strip())
    return "\n\n".join(textwrap.fill(" ".join(paragraph.split()), WIDTH) for paragraph in found)


Path(sys.argv[1] if len(sys.argv) > 1 else FILE).write_text(manual())
