"""Where things lie in the repository that this package is installed from (editable)."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
DEFAULT_DATA = ROOT / ".onasty"
ROLES_SQL = ROOT / "infra" / "postgres" / "roles.sql"
WEB = ROOT / "web"
WEB_ROOT = WEB / "dist"


def migrations(service: str) -> Path:
    """The folder of a service's .sql migrations; it need not exist."""
    return ROOT / "services" / service / "migrations"


def sources(package: str) -> Path:
    """The folder of a member's source: `contracts`, `chassis` or a service."""
    folder = ROOT if package in {"contracts", "chassis"} else ROOT / "services"
    return folder / package / "src"
