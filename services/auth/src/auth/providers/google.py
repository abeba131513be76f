"""Google: OpenID Connect, whose ID token says who came.

https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

import time

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from auth.domain.identity import VerifiedIdentity, verified_identity
from auth.domain.oauth_state import OauthState
from auth.providers.authorization_code import AuthorizationCode, ProviderTokens
from auth.providers.provider_requests import ProviderRequests
from contracts.auth.rpc import OauthProvider
from contracts.context import RequestContext

SCOPE = "openid email"
# A header parameter that is new to us is no reason to refuse.
SIGNATURES = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
# Seconds. A key that Google withdrew is not trusted for longer.
KEYS_LIFETIME = 3600
CLOCK_LEEWAY = 30


class Google:
    """An ID token counts when Google signed it, for us, for this very sign-in (nonce)."""

    def __init__(
        self,
        grant: AuthorizationCode,
        requests: ProviderRequests,
        *,
        client_id: str,
        issuer: str,
        jwks_url: str,
    ) -> None:
        self._grant = grant
        self._requests = requests
        self._client_id = client_id
        self._issuers = [issuer, issuer.removeprefix("https://")]  # Google writes both
        self._jwks_url = jwks_url
        self._keys: KeySet | None = None
        self._keys_until = 0.0

    def authorization_url(self, state: str, begun: OauthState) -> str:
        return self._grant.url(state=state, code_verifier=begun.code_verifier, nonce=begun.nonce)

    async def identity(self, code: str, begun: OauthState, context: RequestContext) -> VerifiedIdentity:
        """Raises `oauth_refused`, `oauth_email_unverified` or `unavailable`."""
        async with self._requests.within(context):
            tokens = await self._grant.tokens(code, begun.code_verifier)
            try:
                claims = await self._claims(tokens, begun.nonce)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise self._grant.refused("ID token not valid") from error
        email = claims.get("email")
        return verified_identity(
            OauthProvider.GOOGLE,
            str(claims["sub"]),
            email if isinstance(email, str) else None,
            verified=claims.get("email_verified") is True,
        )

    async def _claims(self, tokens: ProviderTokens, nonce: str) -> CodeIDToken:
        id_token = tokens.id_token or ""
        try:
            token = jwt.decode(id_token, await self._key_set(), registry=SIGNATURES)
        except InvalidKeyIdError:  # signed with one that is newer than what we know
            token = jwt.decode(id_token, await self._key_set(anew=True), registry=SIGNATURES)
        options = {
            "iss": {"essential": True, "values": self._issuers},
            "sub": {"essential": True},
            "aud": {"essential": True, "value": self._client_id},
        }
        asked = {"nonce": nonce, "client_id": self._client_id, "access_token": tokens.access_token}
        claims = CodeIDToken(token.claims, token.header, options, asked)
        claims.validate(leeway=CLOCK_LEEWAY)
        return claims

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew or time.monotonic() > self._keys_until:
            done, answer = await self._requests.ask("GET", self._jwks_url, {})
            if not done:
                raise ValueError("no keys")
            self._keys = KeySet.import_key_set(answer)
            self._keys_until = time.monotonic() + KEYS_LIFETIME
        return self._keys
