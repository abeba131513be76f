"""Options that several commands take."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from onasty_cli.config import Config

_Command = Callable[..., Any]

path_type = click.Path(path_type=Path)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
password_file_option = click.option(
    "--password-file",
    type=path_type,
    metavar="FILE",
    help="Take the password from FILE, without its line end.",
)


def server_options(command: _Command) -> _Command:
    """Which server, and how it is trusted; the command gets a `Config` in their place."""
    option = click.option("--server", metavar="URL", help="The server, such as https://notes.example.com.")
    return option(trust_options(command))


def trust_options(command: _Command) -> _Command:
    """The same for a command whose server stands in its argument."""

    @click.option(
        "--ca", type=path_type, metavar="FILE", help="Trust the certificates in FILE instead of the usual."
    )
    @click.option("--insecure-http", is_flag=True, help="Allow http:// to other machines.")
    @wraps(command)
    def configured(ca: Path | None, *, insecure_http: bool, server: str | None = None, **rest: Any) -> Any:
        config = Config.read(os.environ, server=server, ca=ca, insecure_http=insecure_http)
        return command(config=config, **rest)

    return configured
