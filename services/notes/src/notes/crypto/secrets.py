"""Random secrets that clients make: proofs, claims, tokens."""

from __future__ import annotations

import hashlib
import hmac


def secret_hash(secret: str) -> bytes:
    """SHA-256, enough for a secret of 128 random bits or more, which nobody finds by trying."""
    return hashlib.sha256(secret.encode()).digest()


def secret_matches(secret: str | None, expected: bytes) -> bool:
    """In constant time."""
    return secret is not None and hmac.compare_digest(secret_hash(secret), expected)
