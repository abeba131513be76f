"""Settings of the notes service: `NOTES_…`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import DatabaseSettings
from notes.crypto.key_ring import KeyRing

KIB = 1024
# Content leaves within 120 s of its end: the sweeper's rest, and its work.
LONGEST_SWEEP_INTERVAL = 60


class NotesSettings(DatabaseSettings):
    """Beyond what every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="NOTES_")

    sealing_keys: SecretStr = Field(
        description="kid:base64 of 32 bytes, several with commas; the first seals, all open"
    )
    max_content_bytes: int = Field(default=512 * KIB, ge=1, description="of text, as UTF-8")
    max_encrypted_bytes: int = Field(
        default=720 * KIB, ge=1, description="of an encrypted note, with padding and base64"
    )
    longest_lifetime: timedelta = Field(
        default=timedelta(days=365),
        ge=timedelta(minutes=1),
        le=timedelta(days=3650),
        description="of an unread note, and the default; ISO 8601, as P365D or PT12H",
    )
    tombstone_lifetime: timedelta = Field(
        default=timedelta(days=30),
        ge=timedelta(0),
        le=timedelta(days=3650),
        description="for which a note that is over is remembered and its slug reserved",
    )
    sweep_interval: float = Field(
        default=15, gt=0, le=LONGEST_SWEEP_INTERVAL, description="between two sweeps for what is over"
    )

    @field_validator("sealing_keys")
    @classmethod
    def _usable(cls, keys: SecretStr) -> SecretStr:
        KeyRing(keys.get_secret_value())
        return keys
