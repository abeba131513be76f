"""`onasty status`."""

from __future__ import annotations

import json
import os

import click

from onasty_cli.config import Config, state_folder
from onasty_cli.options import json_option, server_options
from onasty_cli.outputs import print_line
from onasty_cli.sent_notes import SentNotes
from onasty_cli.targets import managed


@click.command()
@click.argument("note")
@json_option
@server_options
def status(*, config: Config, note: str, as_json: bool) -> None:
    """Tell what became of a note that you sent.

    NOTE is its link, its slug, its manage link, or `-` to read one of them from stdin.
    """
    target = managed(note, config, SentNotes(state_folder(os.environ)), os.environ)
    from onasty_cli.api import Api  # noqa: PLC0415 - slow to import

    with Api(target.server, config) as api:
        found = api.status(target.slug, target.token)
    if as_json:
        print_line(json.dumps(found))
        return
    views = f"{found['views_taken']} of {found['max_views']}"
    rows = {
        "state": found["state"],
        "read": found.get("read_at"),
        "views": "any number" if found["keep_before_expiration"] else views,
        "refused attempts": found["refused_attempts"],
        "created": found["created_at"],
        "expires": found["expires_at"],
        "password": "yes" if found["has_password"] else "no",
    }
    for name, value in rows.items():
        if value is not None:
            print_line(f"{name:<17}{value}")
