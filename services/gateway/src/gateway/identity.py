"""Who is asking: access tokens, verified here with public keys, without a hop."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import jwt

from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError

ALGORITHM = "EdDSA"
CLAIMS = ["exp", "iss", "aud", "sub", "sid"]


class SigningKeys(Protocol):
    async def find(self, kid: str) -> jwt.PyJWK | None: ...


@dataclass(frozen=True, slots=True)
class Access:
    """Who is asking, and until when that is good: in Unix seconds."""

    actor: Actor
    expires_at: int


class TokenVerifier:
    """Verifies JSON Web Tokens (RFC 7519) signed with Ed25519 by one of the keys that auth publishes.

    A session that is among the `revoked` has no good token any more.
    """

    def __init__(self, keys: SigningKeys, revoked: Container[UUID], *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._revoked = revoked
        self._issuer = issuer
        self._audience = audience

    async def access(self, authorization: str | None) -> Access | None:
        """Who the `Authorization` header says it is; None without one.

        Raises `unauthenticated` for a header that is anything but a good bearer token: whoever sends
        one means to be somebody, and is never silently nobody. Raises `unavailable` while no key is known.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Authorization takes a bearer token.")
        try:
            key = await self._keys.find(jwt.get_unverified_header(token)["kid"])
            if key is None:
                raise _unauthenticated("The access token is not valid.")
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": CLAIMS},
            )
            access = Access(Actor(UUID(claims["sub"]), UUID(claims["sid"])), int(claims["exp"]))
        except jwt.ExpiredSignatureError as error:
            raise _unauthenticated("The access token has expired.") from error
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise _unauthenticated("The access token is not valid.") from error
        if access.actor.session_id in self._revoked:
            raise _unauthenticated("The session has ended; sign in again.")
        return access


def _unauthenticated(detail: str) -> ServiceError:
    return ServiceError(ErrorCode.UNAUTHENTICATED, detail)
