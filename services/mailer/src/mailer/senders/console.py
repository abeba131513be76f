"""For development: mail goes to standard output."""

from __future__ import annotations

import sys
from email.message import EmailMessage


class ConsoleSender:
    """Shows each mail's text, link included: the one place where a link is ever written down."""

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Write it, recipient and subject first."""
        text = message.get_body(("plain",))
        assert text is not None
        sys.stdout.write(f"To: {recipient}\nSubject: {message['Subject']}\n\n{text.get_content()}\n")
        sys.stdout.flush()
