"""Settings of the auth service: `AUTH_…`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from auth.crypto.root_secret import RootSecret
from auth.domain.address import AdmittedAddresses
from auth.oauth_settings import OauthSettings
from chassis.settings import DatabaseSettings


class AuthSettings(OauthSettings, DatabaseSettings):
    """Beyond what every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    secret: SecretStr = Field(
        description="32 bytes in base64, the same for every replica: links and signing keys hang on it"
    )
    public_url: AnyHttpUrl = Field(description="where people reach the web client; links in letters begin so")
    sign_up: Literal["open", "closed", "domains"] = Field(
        default="open", description="who may make an account: open, closed or domains"
    )
    sign_up_domains: str = Field(
        default="", description="of addresses that may sign up, with commas; for AUTH_SIGN_UP=domains"
    )
    token_issuer: str = Field(default="onasty", description="`iss` of access tokens")
    token_audience: str = Field(default="onasty", description="`aud` of access tokens")
    sweep_interval: float = Field(default=15, gt=0, le=60, description="between two sweeps for what is over")

    @field_validator("secret")
    @classmethod
    def _usable(cls, secret: SecretStr) -> SecretStr:
        RootSecret(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _domains_are_said(self) -> Self:
        if (self.sign_up == "domains") != bool(self._domains()):
            raise ValueError("AUTH_SIGN_UP_DOMAINS goes with AUTH_SIGN_UP=domains, and is needed there")
        return self

    @property
    def admitted(self) -> AdmittedAddresses:
        """Who may sign up."""
        return AdmittedAddresses(None if self.sign_up == "open" else frozenset(self._domains()))

    def _domains(self) -> list[str]:
        return [domain.strip().lower() for domain in self.sign_up_domains.split(",") if domain.strip()]
