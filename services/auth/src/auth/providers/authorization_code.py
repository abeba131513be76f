"""The authorization code grant (RFC 6749, 4.1) with PKCE (RFC 7636), as Authlib forms its messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import DEFAULT_HEADERS
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import BaseModel, SecretStr, ValidationError

from auth.providers.provider_requests import ProviderRequests
from chassis.logs import Logger
from contracts.auth.rpc import OauthProvider
from contracts.errors import ErrorCode, ServiceError

# RFC 6749, 5.2, and GitHub's own. What is none of these is not repeated in the log: it comes from outside.
KNOWN_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "redirect_uri_mismatch",
        "incorrect_client_credentials",
        "bad_verification_code",
        "unverified_user_email",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OauthClient:
    """As whom we come to a provider, and where."""

    provider: OauthProvider
    client_id: str
    client_secret: SecretStr
    scope: str
    redirect_uri: str
    authorize_url: str
    token_url: str


class ProviderTokens(BaseModel):
    """What a code is good for. Used at once and forgotten."""

    access_token: str
    id_token: str | None = None


class AuthorizationCode:
    """The two steps of it, for one provider."""

    def __init__(self, client: OauthClient, requests: ProviderRequests, log: Logger) -> None:
        self._client = client
        self._requests = requests
        self._log = log

    def url(self, *, state: str, code_verifier: str, **more: str) -> str:
        """Where the browser goes."""
        return str(
            prepare_grant_uri(
                self._client.authorize_url,
                self._client.client_id,
                "code",
                redirect_uri=self._client.redirect_uri,
                scope=self._client.scope,
                state=state,
                code_challenge=create_s256_code_challenge(code_verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    async def tokens(self, code: str, code_verifier: str) -> ProviderTokens:
        """Raises `oauth_refused` or `unavailable`."""
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self._client.redirect_uri,
            code=code,
            code_verifier=code_verifier,
        )
        auth = ClientAuth(
            self._client.client_id, self._client.client_secret.get_secret_value(), "client_secret_post"
        )
        url, headers, body = auth.prepare("POST", self._client.token_url, dict(DEFAULT_HEADERS), body)
        done, answer = await self._requests.ask("POST", url, headers, body)
        try:
            if done:
                return ProviderTokens.model_validate(answer)
        except ValidationError:
            pass  # GitHub says no with status 200
        raise self.refused(_named_error(answer))

    def refused(self, reason: str) -> ServiceError:
        """`oauth_refused`; the log says why, for it may be our own settings that are wrong."""
        self._log.warning("a provider's sign-in was refused", provider=self._client.provider, reason=reason)
        return ServiceError(ErrorCode.OAUTH_REFUSED, "The sign-in elsewhere did not succeed. Begin again.")


def _named_error(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) and error in KNOWN_ERRORS else "unknown"
