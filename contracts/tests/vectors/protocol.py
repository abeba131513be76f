"""End-to-end encryption, version 1, once more: from docs/encryption.md alone, with no code of a client.

HKDF is written out over `hmac`, AES-GCM is PyCryptodome's, Argon2 the reference code's.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import AES

TEXT = 1


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def hkdf(secret: bytes, salt: bytes, info: str) -> bytes:
    """RFC 5869 with SHA-256; 32 bytes are its first block."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")


def argon2id(password: str, salt: bytes) -> bytes:
    secret = unicodedata.normalize("NFKC", password).encode()
    return hash_secret_raw(secret, salt, 3, 64 * 1024, 1, 32, Type.ID, version=0x13)


def padded_length(length: int) -> int:
    """Padmé: the last of the bits below the highest ones, as many as those say, are zero."""
    exponent = length.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    if zero_bits <= 0:
        return length
    return -(-length >> zero_bits) << zero_bits


def plaintext_of(text: bytes) -> bytes:
    inner = bytes([TEXT]) + len(text).to_bytes(4, "big") + text
    return inner.ljust(padded_length(len(inner)), b"\0")


@dataclass(frozen=True)
class Secret:
    """What a sender draws by lot, and the password."""

    key: bytes
    salt: bytes
    nonce: bytes
    password: str | None = None

    @classmethod
    def named(cls, name: str, password: str | None = None) -> "Secret":
        """The same for the same name, so that the vectors are the same every time."""
        drawn = hashlib.sha512(f"onasty/v1/vector/{name}".encode()).digest()
        return cls(drawn[:32], drawn[32:48], drawn[48:60], password)

    @property
    def header(self) -> bytes:
        return bytes([1, 1, self.password is not None]) + self.nonce + self.salt

    @property
    def stretched(self) -> bytes:
        return argon2id(self.password, self.salt) if self.password is not None else b""

    def derived(self) -> dict[str, str | None]:
        main = self.key + self.stretched
        return {
            "stretched_password": base64url(self.stretched) if self.password is not None else None,
            "link_proof": base64url(hkdf(self.key, self.salt, "onasty/v1/link")),
            "password_proof": base64url(hkdf(main, self.salt, "onasty/v1/password"))
            if self.password is not None
            else None,
            "content_key": base64url(hkdf(main, self.salt, "onasty/v1/content")),
        }

    def sealed(self, plaintext: bytes, header: bytes | None = None) -> bytes:
        key = hkdf(self.key + self.stretched, self.salt, "onasty/v1/content")
        cipher = AES.new(key, AES.MODE_GCM, nonce=self.nonce, mac_len=16)
        cipher.update(self.header if header is None else header)
        ciphertext, tag = cipher.encrypt_and_digest(plaintext)
        return ciphertext + tag
