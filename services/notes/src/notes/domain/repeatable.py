"""Creates that may be repeated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepeatableCreate:
    """Who asked, the hashed key, and a fingerprint of what was asked, under the key `key_id` of the ring."""

    scope: str
    key_hash: bytes
    fingerprint: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class EarlierCreate:
    """What was made under the key before."""

    fingerprint: bytes
    key_id: str
    slug: str
