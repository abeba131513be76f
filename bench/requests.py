"""What is asked of the API."""

from __future__ import annotations

import json
import random
import secrets
import string
from collections.abc import Iterator

CREATED = 201
REVEALED = 200
CONTENT_LENGTH = 1024
# Seeded text that does not compress, without characters that JSON or libpq would escape.
_LETTERS = random.Random(1)  # noqa: S311 - it shall repeat itself
CONTENT = "".join(_LETTERS.choices(string.ascii_letters + string.digits, k=CONTENT_LENGTH))
CREATE_PATH = "/api/v1/note"


def create_body(*, told: bool) -> str:
    """A note; `told`: with a manage token, so that what happens to it is an event."""
    return json.dumps({"content": CONTENT} | ({"manage_token": secrets.token_urlsafe(32)} if told else {}))


def reveal_path(slug: str) -> str:
    return f"/api/v1/note/{slug}/view"


def reveal_body(*, claim: bool) -> str:
    """Each reader's claim is its own."""
    return json.dumps({"claim": secrets.token_urlsafe(16)}) if claim else "{}"


def reveals(slugs: list[str], *, claim: bool) -> Iterator[tuple[str, str]]:
    """Path and body for each note, once."""
    return ((reveal_path(slug), reveal_body(claim=claim)) for slug in slugs)
