"""What is no secret: too short, without chance in it, or what an example says."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

# What we hand out ourselves is longer. Those that others give (of a mail server, of a provider) may be short.
SHORTEST_PASSWORD = 12
SHORTEST_GIVEN = 8
# A key is what a run of so many characters is. Of 32 random ones, in hexadecimal or base64, so few different
# characters come up less than once in ten million times; one byte that is repeated gives six.
KEY_LENGTH = 32
KEY_VARIETY = 8
PASSWORD_VARIETY = 4

_KEY = re.compile(rf"[A-Za-z0-9+/_-]{{{KEY_LENGTH},}}")
_EXAMPLES = re.compile(
    "change|replace|me|this|please|your|my|the|placeholder|password|passwd|pass|secret|example|default|test"
    "|admin|root|guest|user|postgres|redis|valkey|nats|smtp|onasty|auth|notes|mailer|gateway|client|key|token"
    "|qwerty|letmein|welcome|hunter"
)


def weakness(secret: str) -> str | None:
    """Why it is none, without a word of it; None for what may be one.

    An address is as good as its password; NATS and Redis must have one in it, and PostgreSQL may be told of
    it by other means.
    """
    if "://" in secret:
        return next(filter(None, map(_of_address, secret.split(","))), None)
    if any(len(set(key)) < KEY_VARIETY for key in _KEY.findall(secret)):
        return "not random; make one with: openssl rand -base64 32"
    return _of_password(secret, SHORTEST_GIVEN)


def _of_address(address: str) -> str | None:
    try:
        parts = urlsplit(address.strip())
        password = unquote(parts.password or "")
    except ValueError:
        return "not an address"
    if not password:
        return None if parts.scheme.startswith("postgres") else "no password in it"
    reason = _of_password(password, SHORTEST_PASSWORD)
    return f"its password is {reason}" if reason else None


def _of_password(password: str, shortest: int) -> str | None:
    if len(password) < shortest:
        return f"too short, {shortest} characters at least"
    letters = re.sub(r"[^a-z]", "", password.lower())
    if len(set(password)) < PASSWORD_VARIETY or (letters and not _EXAMPLES.sub("", letters)):
        return "what anybody would guess"
    return None
