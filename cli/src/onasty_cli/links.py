"""Links to notes, and to what became of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.protocol import base64url
from onasty_cli.protocol.keys import KEY_LENGTH

SLUG = re.compile(r"[A-Za-z0-9_-]{3,255}")


@dataclass(frozen=True, slots=True)
class NoteLink:
    """`SERVER/secret/SLUG#KEY`; `key` is None where it has none, as for notes that no client encrypted."""

    server: str
    slug: str
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> NoteLink:
        """Raises `CommandError` with `USAGE` for another address, with `LINK_INCOMPLETE` for a broken key."""
        parts = _split(text)
        key = secret_of(parts.fragment) if parts.fragment else None
        return cls(_server_of(parts), _slug_of(parts, "secret"), key)

    def __str__(self) -> str:
        fragment = f"#{base64url.encode(self.key)}" if self.key is not None else ""
        return f"{self.server}/secret/{self.slug}{fragment}"


@dataclass(frozen=True, slots=True)
class ManageLink:
    """`SERVER/manage/SLUG#TOKEN`: for whoever may see what became of a note, and end it."""

    server: str
    slug: str
    token: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> ManageLink:
        """Raises `CommandError`, as `NoteLink.parse` does."""
        parts = _split(text)
        token = base64url.encode(secret_of(parts.fragment))
        return cls(_server_of(parts), _slug_of(parts, "manage"), token)

    def __str__(self) -> str:
        return f"{self.server}/manage/{self.slug}#{self.token}"


def is_manage_link(text: str) -> bool:
    return _split(text).path.startswith("/manage/")


def server_of(text: str) -> str:
    """The address of a server alone, in one spelling. Raises `CommandError` with `USAGE`."""
    parts = _split(text)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise CommandError(ExitCode.USAGE, "A server is an address alone, such as https://notes.example.com.")
    return _server_of(parts)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError:
        raise _no_link() from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise _no_link()
    return parts


def _server_of(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _slug_of(parts: SplitResult, kind: str) -> str:
    place, _, slug = parts.path.removeprefix("/").partition("/")
    if place != kind or SLUG.fullmatch(slug) is None:
        raise _no_link()
    return slug


def secret_of(fragment: str) -> bytes:
    """A key, or a manage token. Raises `CommandError` with `LINK_INCOMPLETE`."""
    try:
        secret = base64url.decode(fragment)
    except ValueError:
        secret = b""
    if len(secret) != KEY_LENGTH:
        raise CommandError(
            ExitCode.LINK_INCOMPLETE,
            "The link is not whole: what stands behind # is broken. Nothing was read; copy all of it.",
        )
    return secret


def _no_link() -> CommandError:
    return CommandError(
        ExitCode.USAGE, "That is no link of Onasty: it looks like https://HOST/secret/SLUG#KEY."
    )
