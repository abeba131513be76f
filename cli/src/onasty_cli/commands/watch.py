"""`onasty watch`."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from onasty_cli.config import Config, state_folder
from onasty_cli.exit_codes import ExitCode
from onasty_cli.options import json_option, server_options
from onasty_cli.outputs import print_line
from onasty_cli.sent_notes import SentNotes
from onasty_cli.targets import managed


@click.command()
@click.argument("note")
@json_option
@server_options
def watch(*, config: Config, note: str, as_json: bool) -> ExitCode:
    """Wait until a note that you sent was read, and write a line for whatever happens to it.

    NOTE is as for `status`. A note for several readers is waited for until its last view; when it expires
    before that, the command ends with `5`. One that is kept is waited for until it expires, and `0` says
    that it was read by then. A connection that breaks is made again.
    """
    target = managed(note, config, SentNotes(state_folder(os.environ)), os.environ)
    from onasty_cli.api import Api  # noqa: PLC0415 - slow to import
    from onasty_cli.watching import Watcher  # noqa: PLC0415

    def show(event: dict[str, Any]) -> None:
        print_line(json.dumps(event) if as_json else _line(event))

    with Api(target.server, config) as api:
        return Watcher(api, show).until_over(target.slug, target.token)


def _line(event: dict[str, Any]) -> str:
    note = event["note"]
    views = "" if note["keep_before_expiration"] else f", {note['views_taken']} of {note['max_views']} views"
    refused = f", {note['refused_attempts']} refused" if note["refused_attempts"] else ""
    return f"{event.get('time') or '-'} {event['event']}: {note['state']}{views}{refused}"
