"""What children inherit."""

from __future__ import annotations

import os

from contracts.registry import SERVICES

SERVERS_TAKE = {"PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}


def inherited() -> dict[str, str]:
    """The environment of this process without libpq's variables.

    PGHOST, PGSSLMODE and the like would lead clients away from the servers that they are told to use.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def for_servers() -> dict[str, str]:
    """The little that servers need: they may run as another user, and root's secrets are not theirs."""
    return {
        name: value for name, value in os.environ.items() if name in SERVERS_TAKE or name.startswith("LC_")
    }


def for_service(service: str) -> dict[str, str]:
    """What is inherited, without the settings of the other services."""
    others = tuple(f"{name.upper()}_" for name in (*SERVICES, "provision") if name != service)
    return {name: value for name, value in inherited().items() if not name.startswith(others)}
