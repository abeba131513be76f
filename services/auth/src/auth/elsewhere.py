"""The composition of signing in elsewhere. Imported only when a provider is configured."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from auth.commands.begin_oauth import Elsewhere, Provider, SignInElsewhere
from auth.providers import github, google
from auth.providers.authorization_code import AuthorizationCode, OauthClient
from auth.providers.github import Github
from auth.providers.google import Google
from auth.providers.provider_requests import ProviderRequests, provider_requests
from auth.settings import AuthSettings
from auth.storage.oauth_state_cache import OauthStateCache
from chassis import redis
from chassis.runtime import Runtime
from contracts.auth.rpc import OauthProvider


@asynccontextmanager
async def providers(runtime: Runtime[AuthSettings]) -> AsyncIterator[Elsewhere]:
    """The providers that are configured, over a connection to Redis. Waits for neither."""
    make: dict[OauthProvider, Callable[[Runtime[AuthSettings], ProviderRequests], Provider]] = {
        OauthProvider.GOOGLE: _google,
        OauthProvider.GITHUB: _github,
    }
    async with (
        redis.connected(runtime, runtime.settings.redis_url) as client,
        provider_requests() as requests,
    ):
        states = OauthStateCache(redis.OnceValues(client))
        yield {
            provider: SignInElsewhere(make[provider](runtime, requests), states)
            for provider in runtime.settings.oauth_providers
        }


def _google(runtime: Runtime[AuthSettings], requests: ProviderRequests) -> Google:
    settings = runtime.settings
    client = OauthClient(
        provider=OauthProvider.GOOGLE,
        client_id=settings.google_client_id,
        client_secret=settings.google_client_secret,
        scope=google.SCOPE,
        redirect_uri=_redirect_uri(settings, OauthProvider.GOOGLE),
        authorize_url=str(settings.google_authorize_url),
        token_url=str(settings.google_token_url),
    )
    return Google(
        AuthorizationCode(client, requests, runtime.log),
        requests,
        client_id=settings.google_client_id,
        issuer=settings.google_issuer,
        jwks_url=str(settings.google_jwks_url),
    )


def _github(runtime: Runtime[AuthSettings], requests: ProviderRequests) -> Github:
    settings = runtime.settings
    client = OauthClient(
        provider=OauthProvider.GITHUB,
        client_id=settings.github_client_id,
        client_secret=settings.github_client_secret,
        scope=github.SCOPE,
        redirect_uri=_redirect_uri(settings, OauthProvider.GITHUB),
        authorize_url=str(settings.github_authorize_url),
        token_url=str(settings.github_token_url),
    )
    return Github(
        AuthorizationCode(client, requests, runtime.log),
        requests,
        user_url=str(settings.github_user_url),
        emails_url=str(settings.github_emails_url),
    )


def _redirect_uri(settings: AuthSettings, provider: OauthProvider) -> str:
    return f"{str(settings.public_url).rstrip('/')}/api/v1/auth/oauth/{provider}/callback"
