"""The one secret that the service is given; everything else is derived from it."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class RootSecret:
    """Subkeys by HKDF-SHA-256 (RFC 5869): each purpose has its own, and none tells of another."""

    def __init__(self, text: str) -> None:
        """Of 32 bytes in base64. Raises `ValueError`, which tells nothing of it."""
        try:
            self._secret = base64.b64decode(text, validate=True)
        except binascii.Error:
            self._secret = b""
        if len(self._secret) != KEY_BYTES:
            raise ValueError(f"not {KEY_BYTES} bytes of base64; make one with: openssl rand -base64 32")

    def subkey(self, purpose: str) -> bytes:
        info = f"onasty/v1/auth/{purpose}".encode()
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secret)
