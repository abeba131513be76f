"""Settings of the mailer: `MAILER_…`."""

from __future__ import annotations

from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.postgres import ACQUIRE_TIMEOUT, CLOSE_TIMEOUT
from chassis.settings import DatabaseSettings
from mailer.dispatcher import MARK_AT_STOP, RELEASE_AT_STOP
from mailer.domain.retry import Retry

# At a stop, beside the last attempt, with a PostgreSQL that hangs: to give up marking it and giving leases
# back, each of which waits for its cancelled statement; to cut the connections; and 1 s for the rest. What
# can be marked needs no longer: auth is told within the time of such a wait.
STOP_MARGIN = MARK_AT_STOP + RELEASE_AT_STOP + 2 * ACQUIRE_TIMEOUT + CLOSE_TIMEOUT + 1


class MailerSettings(DatabaseSettings):
    """Beyond what every service with a database has."""

    model_config = SettingsConfigDict(env_prefix="MAILER_")

    sender: Literal["smtp", "console"] = Field(
        default="smtp", description="smtp, or console: on standard output, links included, for development"
    )
    smtp_host: str = Field(default="", description="the SMTP server; the sender smtp needs one")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port; usually 465 for tls")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls (from the first byte) or none"
    )
    smtp_user: str = Field(default="", description="to authenticate with; empty does not")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="its password")
    smtp_ca_file: str = Field(
        default="", description="certificates (PEM) to trust for it, beside the system's"
    )
    from_address: str = Field(description="of all mail: Onasty <onasty@example.org>")
    public_url: str = Field(description="where people find this installation: https://notes.example.org")
    attempt_timeout: float = Field(
        default=14, gt=0, description="for one attempt at a letter; a stop waits for it"
    )
    retry_delays: str = Field(
        default="1,5,30,120,600,3600", description="until a letter is tried again; the last is repeated"
    )
    give_up_after: timedelta = Field(
        default=timedelta(days=3),
        gt=timedelta(0),
        description="until a letter counts as dead; ISO 8601, as P3D or PT12H",
    )

    @field_validator("from_address")
    @classmethod
    def _is_address(cls, text: str) -> str:
        sender_address(text)
        return text

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("https://, a host, and a path if there is one")
        return text

    @field_validator("retry_delays")
    @classmethod
    def _are_delays(cls, text: str) -> str:
        Retry.parse(text, timedelta(days=1))
        return text

    @model_validator(mode="after")
    def _fit_together(self) -> MailerSettings:
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("MAILER_SMTP_USER needs MAILER_SMTP_SECURITY starttls or tls")
        if self.smtp_user and not self.smtp_password.get_secret_value():
            raise ValueError("MAILER_SMTP_PASSWORD: missing, and MAILER_SMTP_USER is set")
        if self.attempt_timeout + STOP_MARGIN > self.stop_timeout:
            raise ValueError(
                f"MAILER_STOP_TIMEOUT must be {STOP_MARGIN:g} s above MAILER_ATTEMPT_TIMEOUT, "
                "or a stop cuts off a letter under way"
            )
        return self


def sender_address(text: str) -> Address:
    """Raises `ValueError` for what is no `name <user@domain>` or `user@domain`."""
    name, address = parseaddr(text)
    try:
        parsed = Address(name, addr_spec=address)
    except (ValueError, IndexError, MessageError):
        parsed = Address()
    if not (parsed.username and parsed.domain and text.isascii() and text.isprintable()):
        raise ValueError("name <user@domain>, in ASCII")
    return parsed
