"""Access tokens: who has one is a user in a session, for 15 minutes, and nobody needs to ask auth."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.auth.rpc import ACCESS_TOKEN_LIFETIME


class AccessTokens:
    """JSON Web Tokens (RFC 7519), signed with Ed25519."""

    def __init__(self, private: Ed25519PrivateKey, *, kid: str, issuer: str, audience: str) -> None:
        self._private = private
        self._kid = kid
        self._issuer = issuer
        self._audience = audience

    def token(self, user_id: UUID, session_id: UUID) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + ACCESS_TOKEN_LIFETIME,
        }
        return jwt.encode(claims, self._private, algorithm="EdDSA", headers={"kid": self._kid})
