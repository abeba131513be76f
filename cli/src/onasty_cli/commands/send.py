"""`onasty send`."""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from onasty_cli.command_error import CommandError
from onasty_cli.config import Config, state_folder
from onasty_cli.exit_codes import ExitCode
from onasty_cli.lifetimes import expiry_of
from onasty_cli.links import SLUG, NoteLink
from onasty_cli.options import json_option, password_file_option, path_type, server_options
from onasty_cli.outputs import need_stdout, print_line
from onasty_cli.passwords import Passwords
from onasty_cli.sent_notes import SentNote, SentNotes
from onasty_cli.terminal import say, show, working

MAX_BYTES = 512 * 1024
MAX_VIEWS = 100


@click.command()
@click.argument("file", default="-", required=False, type=path_type)
@click.option(
    "--password", "with_password", is_flag=True, help="Protect it with a password as well; asks for it."
)
@password_file_option
@click.option("--expires", metavar="WHEN", help="7d, 12h, 30m, or a time such as 2026-01-31T12:00:00Z.")
@click.option(
    "--views",
    type=click.IntRange(1, MAX_VIEWS),
    metavar="N",
    help="How often it may be read; 1 if not given.",
)
@click.option("--keep", is_flag=True, help="Any number of reads until it expires; needs --expires.")
@click.option("--slug", metavar="SLUG", help="The name in the link; a random one if not given.")
@click.option("--qr", is_flag=True, help="Show the link as a QR code, on stderr.")
@json_option
@server_options
def send(
    *,
    config: Config,
    file: Path,
    with_password: bool,
    password_file: Path | None,
    expires: str | None,
    views: int | None,
    keep: bool,
    slug: str | None,
    qr: bool,
    as_json: bool,
) -> None:
    """Send FILE, or stdin, as a note, and write its link.

    The note is UTF-8 text of at most 512 KiB, taken as it is, and encrypted here. The token that `status`,
    `watch` and `burn` need is kept on this computer.
    """
    need_stdout()
    server = config.default_server()
    config.check(server)
    wishes = _wishes(expires=expires, views=views, keep=keep, slug=slug)
    passwords = Passwords(os.environ, password_file)
    text = _text_of(file)
    password = passwords.to_send() if with_password or password_file else None
    link, note = _sent(server, config, text, password, wishes)
    _keep(note)
    result = {"link": str(link), "slug": note.slug, "manage_link": str(note.manage_link)}
    try:
        print_line(json.dumps(result) if as_json else str(link))
    except CommandError as failure:
        raise _burned(note, config, failure) from None
    if qr:
        _show_qr(str(link))


def _wishes(*, expires: str | None, views: int | None, keep: bool, slug: str | None) -> dict[str, Any]:
    if keep and (expires is None or views is not None):
        raise CommandError(ExitCode.USAGE, "--keep needs --expires, and excludes --views.")
    if slug is not None and SLUG.fullmatch(slug) is None:
        raise CommandError(ExitCode.USAGE, "A slug is 3 to 255 letters, digits, - and _.")
    wishes = {
        "expires_at": expiry_of(expires, datetime.now(UTC)) if expires else None,
        "max_views": views,
        "keep_before_expiration": keep or None,
        "slug": slug,
    }
    return {name: value for name, value in wishes.items() if value is not None}


def _text_of(file: Path) -> str:
    try:
        if str(file) == "-":
            if sys.stdin.isatty():
                say("Write the note; Ctrl-D at the beginning of a line ends it.")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"The file cannot be read: {error.strerror}.") from None
    if not data:
        raise CommandError(ExitCode.USAGE, "There is nothing to send: the note is empty.")
    if len(data) > MAX_BYTES:
        raise CommandError(
            ExitCode.USAGE, f"The note is too long: more than {MAX_BYTES} bytes. Nothing was sent."
        )
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CommandError(ExitCode.USAGE, "The note is no UTF-8 text. Nothing was sent.") from None


def _sent(
    server: str, config: Config, text: str, password: str | None, wishes: dict[str, Any]
) -> tuple[NoteLink, SentNote]:
    # These take a third of a second together, which `--help` need not wait for.
    from onasty_cli.api import Api  # noqa: PLC0415
    from onasty_cli.protocol import base64url  # noqa: PLC0415
    from onasty_cli.protocol.content import seal  # noqa: PLC0415
    from onasty_cli.protocol.header import Header  # noqa: PLC0415
    from onasty_cli.protocol.keys import KEY_LENGTH, Keys  # noqa: PLC0415

    key, token = secrets.token_bytes(KEY_LENGTH), base64url.encode(secrets.token_bytes(KEY_LENGTH))
    header = Header.new(has_password=password is not None)
    with working("Encrypting"):
        keys = Keys.derive(key, header, password)
        body = {
            **wishes,
            "content": seal(text, header, keys.content),
            "encryption": header.encode(),
            "link_proof": keys.link_proof,
            "manage_token": token,
            **({"password_proof": keys.password_proof} if keys.password_proof else {}),
        }
    with Api(server, config) as api, working("Sending"):
        slug = api.create(body, secrets.token_urlsafe(16))
    sent_at = datetime.now(UTC).isoformat()
    return NoteLink(server, slug, key), SentNote(server, slug, token, sent_at, wishes.get("expires_at"))


def _keep(note: SentNote) -> None:
    try:
        SentNotes(state_folder(os.environ)).keep(note)
    except OSError as error:
        # The link is worth more than this, and only we have it.
        say(f"The manage token could not be kept ({error.strerror}): nobody can watch or burn this note.")


def _burned(note: SentNote, config: Config, failure: CommandError) -> CommandError:
    """Nobody has the link, so nobody can read it."""
    from onasty_cli.api import Api  # noqa: PLC0415

    try:
        with Api(note.server, config) as api:
            api.delete(note.slug, note.token)
    except CommandError:
        return CommandError(failure.code, f"{failure.message} The note is there: see `onasty list`.")
    SentNotes(state_folder(os.environ)).forget(note.server, note.slug)
    return CommandError(failure.code, f"{failure.message} The note was burned.")


def _show_qr(link: str) -> None:
    import segno  # noqa: PLC0415 - for this alone

    drawn = io.StringIO()
    try:
        segno.make(link, micro=False).terminal(out=drawn, compact=True)
    except ValueError:
        say("The link is too long for a QR code.")
    show(drawn.getvalue())
