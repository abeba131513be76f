"""Settings of signing in elsewhere: `AUTH_GOOGLE_…`, `AUTH_GITHUB_…`."""

from __future__ import annotations

from typing import Self

from pydantic import AnyHttpUrl, Field, SecretStr, model_validator

from chassis.settings import ServiceSettings
from contracts.auth.rpc import OauthProvider


class OauthSettings(ServiceSettings):
    """A provider without a client id is hidden."""

    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="redis://:password@host:port/0; for signing in elsewhere, needed there",
    )
    google_client_id: str = Field(default="", description="of the OAuth client at Google; empty hides it")
    google_client_secret: SecretStr = Field(default=SecretStr(""), description="its secret")
    # The providers' own; others are for GitHub Enterprise, and for tests.
    google_authorize_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://accounts.google.com/o/oauth2/v2/auth"),
        description="where people are sent to sign in",
    )
    google_token_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://oauth2.googleapis.com/token"), description="where their code is exchanged"
    )
    google_jwks_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://www.googleapis.com/oauth2/v3/certs"), description="keys of its ID tokens"
    )
    google_issuer: str = Field(default="https://accounts.google.com", description="`iss` of its ID tokens")
    github_client_id: str = Field(default="", description="of the OAuth app at GitHub; empty hides it")
    github_client_secret: SecretStr = Field(default=SecretStr(""), description="its secret")
    github_authorize_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://github.com/login/oauth/authorize"),
        description="where people are sent to sign in",
    )
    github_token_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://github.com/login/oauth/access_token"),
        description="where their code is exchanged",
    )
    github_user_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://api.github.com/user"), description="who they are"
    )
    github_emails_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://api.github.com/user/emails?per_page=100"), description="their addresses"
    )

    @model_validator(mode="after")
    def _providers_are_whole(self) -> Self:
        for name, client_id, secret in (
            ("GOOGLE", self.google_client_id, self.google_client_secret),
            ("GITHUB", self.github_client_id, self.github_client_secret),
        ):
            if bool(client_id) != bool(secret.get_secret_value()):
                raise ValueError(f"AUTH_{name}_CLIENT_ID and AUTH_{name}_CLIENT_SECRET go together")
        if self.oauth_providers and not self.redis_url.get_secret_value():
            raise ValueError("AUTH_REDIS_URL is needed to sign in with Google or GitHub")
        return self

    @property
    def oauth_providers(self) -> list[OauthProvider]:
        """Those that are configured."""
        configured = {
            OauthProvider.GOOGLE: self.google_client_id,
            OauthProvider.GITHUB: self.github_client_id,
        }
        return [provider for provider, client_id in configured.items() if client_id]
