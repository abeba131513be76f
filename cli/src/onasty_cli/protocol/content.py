"""Text → `content`, and back."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onasty_cli.protocol import base64url
from onasty_cli.protocol.header import Header
from onasty_cli.protocol.plaintext import unwrap, wrap
from onasty_cli.protocol.unreadable_error import UnreadableError

_TAG_LENGTH = 16


def seal(text: str, header: Header, content_key: bytes) -> str:
    """Raises `ValueError` for what is no Unicode text."""
    return base64url.encode(AESGCM(content_key).encrypt(header.nonce, wrap(text), header.bytes))


def unseal(content: str, header: Header, content_key: bytes) -> str:
    """The text as it was sent. Raises `UnreadableError` when any of it was changed."""
    try:
        data = base64url.decode(content)
    except ValueError:
        raise UnreadableError("encoding") from None
    if len(data) < _TAG_LENGTH:
        raise UnreadableError("tag")
    try:
        plaintext = AESGCM(content_key).decrypt(header.nonce, data, header.bytes)
    except InvalidTag:
        raise UnreadableError("tag") from None
    return unwrap(plaintext)
