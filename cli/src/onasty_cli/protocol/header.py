"""The 31 bytes that stand beside a note for all to see."""

from __future__ import annotations

import os
from dataclasses import dataclass

from onasty_cli.protocol import base64url
from onasty_cli.protocol.unreadable_error import UnreadableError

VERSION = 1
ALGORITHMS = 1
NONCE_LENGTH = 12
SALT_LENGTH = 16
LENGTH = 3 + NONCE_LENGTH + SALT_LENGTH


@dataclass(frozen=True, slots=True)
class Header:
    """Version 1; there is no other."""

    has_password: bool
    nonce: bytes
    salt: bytes

    @classmethod
    def new(cls, *, has_password: bool) -> Header:
        """Of fresh random bytes, for one note."""
        return cls(has_password, os.urandom(NONCE_LENGTH), os.urandom(SALT_LENGTH))

    @classmethod
    def decode(cls, text: str) -> Header:
        """Raises `UnreadableError` for any other length, version, algorithm or flag."""
        try:
            data = base64url.decode(text)
        except ValueError:
            raise UnreadableError("encoding") from None
        if len(data) != LENGTH or data[:2] != bytes([VERSION, ALGORITHMS]) or data[2] > 1:
            raise UnreadableError("header")
        return cls(data[2] == 1, data[3 : 3 + NONCE_LENGTH], data[3 + NONCE_LENGTH :])

    @property
    def bytes(self) -> bytes:
        return bytes([VERSION, ALGORITHMS, self.has_password]) + self.nonce + self.salt

    def encode(self) -> str:
        return base64url.encode(self.bytes)
