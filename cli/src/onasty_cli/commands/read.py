"""`onasty read`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from onasty_cli.claims import Claims
from onasty_cli.config import Config, state_folder
from onasty_cli.links import NoteLink
from onasty_cli.options import json_option, password_file_option, path_type, trust_options
from onasty_cli.outputs import output_to
from onasty_cli.passwords import Passwords
from onasty_cli.targets import link_or_stdin


@click.command()
@click.argument("link")
@click.option(
    "--output", "-o", type=path_type, metavar="FILE", help="Write into FILE, which must not exist yet."
)
@password_file_option
@json_option
@trust_options
def read(
    *, config: Config, link: str, output: Path | None, password_file: Path | None, as_json: bool
) -> None:
    """Read the note at LINK and write it out, once.

    With `-` the link is read from stdin, so that it does not stand in the list of processes. The server is
    told to forget the note when it is written out, and not before; if it could not be, or this command was
    killed meanwhile, the same command gives the note again within a minute.
    """
    note_link = NoteLink.parse(link_or_stdin(link))
    passwords = Passwords(os.environ, password_file)
    # These take a third of a second together, which `--help` need not wait for.
    from onasty_cli.api import Api  # noqa: PLC0415
    from onasty_cli.reading import Reader  # noqa: PLC0415

    with output_to(output) as opened, Api(note_link.server, config) as api:
        reader = Reader(api, Claims(state_folder(os.environ)), passwords)
        note = reader.read(note_link)
        times = {"created_at": note.created_at, "expires_at": note.expires_at}
        opened.write(json.dumps({"text": note.text, **times}) + "\n" if as_json else note.text)
        reader.acknowledge(note_link, note)
