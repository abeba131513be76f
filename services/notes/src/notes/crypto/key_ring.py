"""Content at rest: AES-256-GCM (NIST SP 800-38D) under a ring of keys."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyRing:
    """The first key seals, every key opens. A sealed content is bound to its note and its key.

    Raises `ValueError`, naming the place of the key and nothing of it, for a ring that cannot be used.
    """

    def __init__(self, text: str) -> None:
        """Of `kid:base64,kid:base64,…`; each key has 32 bytes."""
        self._keys: dict[str, AESGCM] = {}
        self._secrets: dict[str, bytes] = {}
        for number, entry in enumerate(text.split(","), 1):
            kid, _, encoded = entry.strip().partition(":")
            if not kid or kid in self._keys:
                raise ValueError("each key needs an id of its own: kid:base64")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if len(key) != KEY_BYTES:
                # By its place: what stands before the colon may be the key itself, given without an id.
                raise ValueError(f"key {number}: not {KEY_BYTES} bytes of base64")
            self._keys[kid] = AESGCM(key)
            self._secrets[kid] = key
        self.sealing_key_id = next(iter(self._keys))

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def seal(self, note_id: UUID, content: bytes) -> bytes:
        """Under the first key, whose id is `sealing_key_id`; 28 bytes longer than the content."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound(note_id, self.sealing_key_id)
        return nonce + self._keys[self.sealing_key_id].encrypt(nonce, content, bound)

    def fingerprint(self, key_id: str, data: bytes) -> bytes:
        """HMAC-SHA-256 under a key derived for this alone: equal for equal data, and tells nothing of it.

        Raises `KeyError` for a key that is not in the ring.
        """
        key = hmac.digest(self._secrets[key_id], b"onasty/v1/idempotency", "sha256")
        return hmac.digest(key, data, "sha256")

    def open(self, note_id: UUID, key_id: str, sealed: bytes) -> bytes:
        """Raises `KeyError` for a key that is not in the ring, `InvalidTag` for a content that was changed,
        was cut short or belongs to another note.
        """
        if len(sealed) < NONCE_BYTES:
            raise InvalidTag
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return self._keys[key_id].decrypt(nonce, body, _bound(note_id, key_id))


def _bound(note_id: UUID, key_id: str) -> bytes:
    return note_id.bytes + key_id.encode()
