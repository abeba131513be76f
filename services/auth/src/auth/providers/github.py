"""GitHub: OAuth 2.0, and two questions who came.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from auth.domain.identity import VerifiedIdentity, verified_identity
from auth.domain.oauth_state import OauthState
from auth.providers.authorization_code import AuthorizationCode
from auth.providers.provider_requests import ProviderRequests
from contracts.auth.rpc import OauthProvider
from contracts.context import RequestContext

SCOPE = "user:email"
ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"


class GithubUser(BaseModel):
    # The login may change hands, the number never does.
    id: int


class GithubEmail(BaseModel):
    email: str
    primary: bool
    verified: bool


T = TypeVar("T")
USER = TypeAdapter(GithubUser)
EMAILS = TypeAdapter(list[GithubEmail])


class Github:
    """Of the addresses the primary one counts, and only when it is verified."""

    def __init__(
        self, grant: AuthorizationCode, requests: ProviderRequests, *, user_url: str, emails_url: str
    ) -> None:
        self._grant = grant
        self._requests = requests
        self._user_url = user_url
        self._emails_url = emails_url

    def authorization_url(self, state: str, begun: OauthState) -> str:
        return self._grant.url(state=state, code_verifier=begun.code_verifier)

    async def identity(self, code: str, begun: OauthState, context: RequestContext) -> VerifiedIdentity:
        """Raises `oauth_refused`, `oauth_email_unverified` or `unavailable`."""
        async with self._requests.within(context):
            tokens = await self._grant.tokens(code, begun.code_verifier)
            user = await self._about(USER, self._user_url, tokens.access_token)
            emails = await self._about(EMAILS, self._emails_url, tokens.access_token)
        email = next((email for email in emails if email.primary), None)
        return verified_identity(
            OauthProvider.GITHUB,
            str(user.id),
            email.email if email else None,
            verified=email is not None and email.verified,
        )

    async def _about(self, kind: TypeAdapter[T], url: str, access_token: str) -> T:
        headers = {
            "Accept": ACCEPT,
            "Authorization": f"Bearer {access_token}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        done, answer = await self._requests.ask("GET", url, headers)
        try:
            if done:
                return kind.validate_python(answer, strict=True)
        except ValidationError as error:
            raise self._grant.refused("malformed answer") from error
        raise self._grant.refused("no access")
