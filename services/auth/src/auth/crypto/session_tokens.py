"""What the holder of a session has: access tokens, and the refresh token with which to get more."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Protocol

from auth.crypto.access_tokens import AccessTokens
from auth.crypto.root_secret import RootSecret
from auth.crypto.signing_key import KeySealing, SealedKey
from contracts.context import RequestContext

REFRESH_TOKEN_BYTES = 32


class Keys(Protocol):
    async def signing(self, context: RequestContext) -> SealedKey: ...


class SessionTokens:
    """A refresh token is 43 characters of base64url: 256 bits, the first random, the others derived.

    A successor is HMAC-SHA-256 of its parent, so that every replica that is asked at once gives the same,
    and none needs to be kept.
    """

    def __init__(self, keys: Keys, secret: RootSecret, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._sealing = KeySealing(secret)
        self._key = secret.subkey("refresh tokens")
        self._issuer = issuer
        self._audience = audience
        self._latest: tuple[str, AccessTokens] | None = None

    def first(self) -> str:
        """The refresh token of a new session."""
        return secrets.token_urlsafe(REFRESH_TOKEN_BYTES)

    def successor(self, refresh_token: str) -> str:
        """Good once the token that it follows was used."""
        digest = hmac.digest(self._key, refresh_token.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    async def signing(self, context: RequestContext) -> AccessTokens:
        """Access tokens under the key that signs now: the database says which, each time.

        A rotation then needs no restart, and no replica goes by a clock of its own. Ask before a session is
        opened or refreshed: what fails here has changed nothing.
        """
        key = await self._keys.signing(context)
        if self._latest is None or self._latest[0] != key.kid:
            private = self._sealing.opened(key)
            made = AccessTokens(private, kid=key.kid, issuer=self._issuer, audience=self._audience)
            self._latest = (key.kid, made)
        return self._latest[1]
