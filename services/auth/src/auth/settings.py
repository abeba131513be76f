"""Settings of the auth service: `AUTH_…`."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from chassis.settings import DatabaseSettings


class AuthSettings(DatabaseSettings):
    """What every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")
