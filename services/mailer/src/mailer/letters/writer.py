"""Writes a letter: templates, headers, MIME."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from mailer.domain.failure import RefusedError
from mailer.domain.letter import Details, Job, Letter

BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
TEMPLATES = Path(__file__).with_name("templates")

SUBJECTS: Mapping[Letter, str] = {
    Letter.VERIFY: "Confirm your email address",
    Letter.SIGN_UP_REPEATED: "You already have an account",
    Letter.RESET_PASSWORD: "Set a new password",
    Letter.PASSWORD_CHANGED: "Your password was changed",
    Letter.CONFIRM_EMAIL: "Confirm your new email address",
    Letter.EMAIL_CHANGED: "Your email address was changed",
    Letter.IDENTITY_LINKED: "Another way to sign in to your account",
    Letter.ACCOUNT_DELETED: "Your account was deleted",
    Letter.NOTE_OPENED: "Your note was opened",
}


class LetterWriter:
    """From the templates, as mail from `sender`; `public_url` is where people find this installation."""

    def __init__(self, sender: Address, public_url: str) -> None:
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=jinja2.select_autoescape(["html"]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def write(self, job: Job, details: Details) -> EmailMessage:
        """The same job gives the same letter under the same Message-ID, whenever it is sent.

        Raises `RefusedError` for a recipient that is no address, and `jinja2.TemplateError`, also for a
        letter whose link is missing.
        """
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{job.id}@{self._sender.domain}>"
        message["Date"] = datetime.now(UTC)
        message["From"] = self._sender
        message["To"] = _recipient(details.recipient)
        message["Subject"] = SUBJECTS[job.letter]
        message["Auto-Submitted"] = "auto-generated"
        text, html = (self.render(job.letter, details, kind) for kind in ("txt", "html"))
        message.set_content(text, cte="quoted-printable")
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message

    def render(self, letter: Letter, details: Details, kind: str) -> str:
        """One part of a letter: `txt` or `html`. Raises `jinja2.TemplateError`."""
        values = {
            "subject": SUBJECTS[letter],
            "public_url": self._public_url,
            "host": urlsplit(self._public_url).netloc,
            "time": details.requested_at.astimezone(UTC).strftime("%-d %B %Y at %H:%M UTC"),
        }
        if details.link is not None:
            values["link"] = details.link
        return self._templates.get_template(f"{letter}.{kind}").render(values).strip() + "\n"


def _recipient(text: str) -> Address:
    try:
        # The parser calls what is beyond ASCII before the @ a defect; with SMTPUTF8 (RFC 6531) it is none.
        address = Address(addr_spec=BEYOND_ASCII.sub("x", text))
    # What the parser raises for a text that is no address; IndexError for one that ends too early.
    except (ValueError, IndexError, MessageError) as error:
        raise RefusedError("recipient is no address") from error
    if not (address.username and address.domain):
        raise RefusedError("recipient is no address")
    if text.isascii():
        return address
    local, _, domain = text.rpartition("@")
    return Address(username=local, domain=domain)
