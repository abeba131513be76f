"""All commands."""

from __future__ import annotations

import click

from onasty_cli.commands.burn import burn
from onasty_cli.commands.completion import completion
from onasty_cli.commands.list import list_sent
from onasty_cli.commands.read import read
from onasty_cli.commands.send import send
from onasty_cli.commands.status import status
from onasty_cli.commands.watch import watch

COMMANDS = (send, read, status, watch, burn, list_sent, completion)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="onasty-cli", message="%(version)s")
def onasty() -> None:
    """One-time notes: write a secret, send a link; the link works once, and then the note is gone.

    A note is encrypted here, and its key stands in the link alone; the server can read none.
    """


for _command in COMMANDS:
    onasty.add_command(_command)
