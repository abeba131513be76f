"""An SMTP server that keeps every mail as a file and shows it in one line."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.errors import StackError
from devstack.files import write_atomically
from devstack.ports import LOOPBACK
from devstack.terminal import Say, printable

LINK = re.compile(r"https?://[^\s\"'<>]+")


@contextlib.asynccontextmanager
async def mail_catcher(port: int, mailbox: Path, say: Say) -> AsyncIterator[None]:
    """Take mail until the block ends. Files are named by the time of arrival, so that they sort by it."""
    mailbox_handler = Mailbox(mailbox, say)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: SMTP(mailbox_handler, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
            LOOPBACK,
            port,
        )
    except OSError as error:
        raise StackError(
            f"The mailbox cannot listen on port {port}: {error.strerror}. Start again."
        ) from None
    say(f"{'mail':<12} ready  {LOOPBACK}:{port}")
    try:
        yield
    finally:
        server.close()


class Mailbox:
    """What aiosmtpd hands each mail to."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._numbers = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Keep it before the sender is told so."""
        content = envelope.original_content or b""
        arrival = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        write_atomically(self._folder / f"{arrival}-{next(self._numbers)}.eml", content)
        self._say(describe(content, envelope.rcpt_tos))
        return "250 Kept"


def describe(content: bytes, recipients: list[str]) -> str:
    """One line: to whom, the subject, and the first link if there is one."""
    message = message_from_bytes(content, policy=default)
    line = f"mail to {', '.join(recipients)}: {message['subject'] or '(no subject)'}"
    link = first_link(message)
    return printable(f"{line}  {link}" if link else line)


def first_link(message: EmailMessage) -> str | None:
    """In its text part, else in its HTML."""
    link = LINK.search(_text(message))
    return link[0] if link else None


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError):  # no such character set, or not a text
        return ""
