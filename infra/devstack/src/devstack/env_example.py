"""Writes `.env.example`: every setting of the services and of provisioning, from the settings themselves.

`python -m devstack.env_example`; the tests fail when the committed file differs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from auth.settings import AuthSettings
from chassis.provision import ProvisionSettings
from devstack.repository import ROOT
from doctor.settings import DoctorSettings
from gateway.settings import GatewaySettings
from mailer.settings import MailerSettings
from notes.settings import NotesSettings

FILE = ROOT / ".env.example"
SETTINGS: tuple[type[BaseSettings], ...] = (
    GatewaySettings,
    NotesSettings,
    AuthSettings,
    MailerSettings,
    ProvisionSettings,
    DoctorSettings,
)
HEAD = """\
# Every setting of every service, with its default; what has none is commented as required.
# `./task up` sets what is required by itself, and takes from the environment what is set there.
# Secrets may be files instead, in the folder that ONASTY_SECRETS_DIR names: docs/operations.md.
# Times in seconds, sizes in bytes, unless it says otherwise.
"""


def text() -> str:
    """What the file should hold."""
    return "\n".join([HEAD, *(_section(settings) for settings in SETTINGS)])


def _section(settings: type[BaseSettings]) -> str:
    prefix = settings.model_config.get("env_prefix", "")
    lines = [f"# --- {prefix.strip('_').lower()} ---"]
    for name, field in settings.model_fields.items():
        required = " (required)" if field.is_required() else ""
        if field.description or required:
            lines.append(f"# {field.description or ''}{required}")
        lines.append(f"#{prefix}{name.upper()}={written_default(field)}")
    return "\n".join(lines) + "\n"


def written_default(field: FieldInfo) -> str:
    """Empty when there is none."""
    value: Any = field.default
    return "" if field.is_required() or value is None or isinstance(value, SecretStr) else written(value)


def written(value: Any) -> str:
    """A value as a setting takes it."""
    if isinstance(value, dict):
        return str(value).replace("'", '"')
    if isinstance(value, timedelta):
        return f"P{value.days}D" + (f"T{value.seconds}S" if value.seconds else "")
    return str(value).lower() if isinstance(value, bool) else f"{value}"


if __name__ == "__main__":
    FILE.write_text(text())
