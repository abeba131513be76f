"""One-time links, made of the id of the event that their letter is about."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from auth.crypto.root_secret import RootSecret
from auth.domain.letter import PAGES, LetterPurpose


class OneTimeLinks:
    """The same event gives the same link at every time of asking, so none is ever written down."""

    def __init__(self, secret: RootSecret, public_url: str) -> None:
        self._key = secret.subkey("links")
        self._public_url = public_url.rstrip("/")

    def link(self, purpose: LetterPurpose, event_id: UUID) -> str | None:
        """None for a letter that carries none."""
        page = PAGES.get(purpose)
        return None if page is None else f"{self._public_url}{page}#{self.token(purpose, event_id)}"

    def token(self, purpose: LetterPurpose, event_id: UUID) -> str:
        """43 characters of base64url."""
        digest = hmac.digest(self._key, purpose.encode() + b"|" + event_id.bytes, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """SHA-256, enough for 256 bits that nobody finds by trying."""
    return hashlib.sha256(token.encode()).digest()
