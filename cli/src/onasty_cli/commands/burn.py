"""`onasty burn`."""

from __future__ import annotations

import os

import click

from onasty_cli.config import Config, state_folder
from onasty_cli.options import server_options
from onasty_cli.sent_notes import SentNotes
from onasty_cli.targets import managed
from onasty_cli.terminal import say


@click.command()
@click.argument("note")
@server_options
def burn(*, config: Config, note: str) -> None:
    """Delete a note that you sent, at once, whoever is reading it.

    NOTE is as for `status`. Its manage token is forgotten with it.
    """
    sent = SentNotes(state_folder(os.environ))
    target = managed(note, config, sent, os.environ)
    from onasty_cli.api import Api  # noqa: PLC0415 - slow to import

    with Api(target.server, config) as api:
        api.delete(target.slug, target.token)
    sent.forget(target.server, target.slug)
    say("Burned.")
