"""Who is asking: access tokens, verified here with public keys, without a hop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import jwt

from chassis.settings import SettingsError
from contracts.actor import Actor
from contracts.errors import ErrorCode, ServiceError

ALGORITHM = "EdDSA"
CLAIMS = ["exp", "iss", "aud", "sub", "sid"]


class TokenVerifier:
    """Verifies JSON Web Tokens (RFC 7519) signed with Ed25519 by one of the keys of a JWKS (RFC 7517)."""

    def __init__(self, jwks: dict[str, Any], *, issuer: str, audience: str) -> None:
        """Raises `SettingsError` when keys are given and one of them cannot be used."""
        try:
            keys = jwt.PyJWKSet.from_dict(jwks).keys if jwks["keys"] else []
        except (jwt.PyJWTError, KeyError) as error:
            raise SettingsError("GATEWAY_JWKS: not a JSON Web Key Set with usable keys") from error
        # PyJWT leaves out in silence what it cannot use.
        if len(keys) != len(jwks["keys"]) or not all(
            key.key_id and key.algorithm_name == ALGORITHM for key in keys
        ):
            raise SettingsError(f"GATEWAY_JWKS: each key needs a kid and is for {ALGORITHM}")
        self._keys = {key.key_id: key for key in keys}
        self._issuer = issuer
        self._audience = audience

    def actor(self, authorization: str | None) -> Actor | None:
        """Who the `Authorization` header says it is; None without one.

        Raises `unauthenticated` for a header that is anything but a good bearer token: whoever sends
        one means to be somebody, and is never silently nobody.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Authorization takes a bearer token.")
        try:
            key = self._keys[jwt.get_unverified_header(token).get("kid", "")]
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": CLAIMS},
            )
            return Actor(UUID(claims["sub"]), UUID(claims["sid"]))
        except jwt.ExpiredSignatureError as error:
            raise _unauthenticated("The access token has expired.") from error
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise _unauthenticated("The access token is not valid.") from error


def _unauthenticated(detail: str) -> ServiceError:
    return ServiceError(ErrorCode.UNAUTHENTICATED, detail)
