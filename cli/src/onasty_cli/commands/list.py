"""`onasty list`."""

from __future__ import annotations

import json
import os

import click

from onasty_cli.config import state_folder
from onasty_cli.options import json_option
from onasty_cli.outputs import print_line
from onasty_cli.sent_notes import SentNotes


@click.command("list")
@json_option
def list_sent(*, as_json: bool) -> None:
    """List the notes that were sent from here, oldest first; asks no server.

    With --json the manage links are in it. Notes whose manage token was dropped are not.
    """
    notes = SentNotes(state_folder(os.environ)).all()
    if as_json:
        fields = ("server", "slug", "sent_at", "expires_at")
        listed = [
            {**{name: getattr(note, name) for name in fields}, "manage_link": str(note.manage_link)}
            for note in notes
        ]
        print_line(json.dumps(listed))
        return
    for note in notes:
        print_line(f"{note.sent_at}  {note.server}  {note.slug}")
