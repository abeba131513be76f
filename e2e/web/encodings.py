"""How a secret may be spelled where it must not be."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> set[str]:
    """The secret as it is, and as it stands in URLs, JSON, hexadecimal digits and base64."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        raw.hex(),
        raw.hex().upper(),
        *_base64(raw),
    }


def _base64(raw: bytes) -> set[str]:
    found = set()
    for before in range(3):
        # The letters at either end are of its neighbours as well.
        text = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        inner = text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found
