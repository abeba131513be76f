"""Settings of the notes service: `NOTES_…`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import DatabaseSettings

KIB = 1024


class NotesSettings(DatabaseSettings):
    """Beyond what every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="NOTES_")

    max_content_bytes: int = Field(default=512 * KIB, ge=1, description="of text, as UTF-8")
    longest_lifetime: timedelta = Field(
        default=timedelta(days=365),
        ge=timedelta(minutes=1),
        le=timedelta(days=3650),
        description="of an unread note, and the default; ISO 8601, as P365D or PT12H",
    )
