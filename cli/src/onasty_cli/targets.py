"""Which note is meant, and the token that says that it is one's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from onasty_cli.command_error import CommandError
from onasty_cli.config import Config
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import SLUG, ManageLink, NoteLink, is_manage_link, secret_of
from onasty_cli.sent_notes import SentNotes

VARIABLE = "ONASTY_MANAGE_TOKEN"


def link_or_stdin(given: str) -> str:
    """What was given, or a line of stdin for `-`: there nobody sees it in the list of processes.

    Raises `CommandError` with `USAGE` when stdin cannot be read.
    """
    if given != "-":
        return given
    try:
        return sys.stdin.readline().strip()
    except (OSError, ValueError):
        raise CommandError(ExitCode.USAGE, "The link cannot be read from stdin.") from None


def managed(given: str, config: Config, sent: SentNotes, environment: Mapping[str, str]) -> ManageLink:
    """A manage link has its token; for a link or a slug it is `ONASTY_MANAGE_TOKEN`'s, or was kept here.

    Raises `CommandError` with `USAGE` when there is none, or it is none.
    """
    target = link_or_stdin(given)
    if SLUG.fullmatch(target):
        server, slug = config.server, target
    elif is_manage_link(target):
        return ManageLink.parse(target)
    else:
        link = NoteLink.parse(target)
        server, slug = link.server, link.slug
    if token := environment.get(VARIABLE):
        return ManageLink(server or config.default_server(), slug, _checked(token))
    kept = sent.find(server, slug)
    if kept is None:
        raise CommandError(
            ExitCode.USAGE,
            f"No manage token of this note is kept here. Give its manage link, or set {VARIABLE}.",
        )
    return kept.manage_link


def _checked(token: str) -> str:
    try:
        _ = secret_of(token)
    except CommandError:
        raise CommandError(ExitCode.USAGE, f"What stands in {VARIABLE} is no manage token.") from None
    return token
