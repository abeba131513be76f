"""Settings of the mailer: `MAILER_…`."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from chassis.settings import DatabaseSettings


class MailerSettings(DatabaseSettings):
    """What every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="MAILER_")
