"""PostgreSQL, as the role of each service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import time as now
from typing import TypeAlias

import asyncpg

from auth.settings import AuthSettings
from chassis.settings import DatabaseSettings
from contracts.registry import SERVICES
from doctor.finding import Finding, ok, warning, wrong
from doctor.installation import Installation
from doctor.letters import letters
from doctor.stored_keys import sealing_keys, signing_keys
from notes.settings import NotesSettings

CONNECT_WITHIN = 5.0
ANSWER_WITHIN = 20.0
# Deadlines are absolute times, so clocks must agree to well under a second.
CLOCKS_DIFFER_BY = 0.5
# As in the alert.
OUTBOX_WAITS = 60.0
OLDEST_POSTGRES = 18

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Check: TypeAlias = Callable[[str, Connection], Awaitable[Finding]]


async def databases(installation: Installation) -> list[Finding]:
    """All of them at once."""
    found = await asyncio.gather(
        *(_database(name, settings, installation) for name, settings in installation.databases.items())
    )
    return [finding for findings in found for finding in findings]


async def _database(name: str, settings: DatabaseSettings, installation: Installation) -> list[Finding]:
    about = f"postgres {name}"
    variable = f"{name.upper()}_DATABASE_URL"
    try:
        connection = await asyncpg.connect(
            settings.database_url.get_secret_value(),
            timeout=CONNECT_WITHIN,
            command_timeout=ANSWER_WITHIN,
            server_settings={"application_name": "doctor", "default_transaction_read_only": "on"},
        )
    except asyncpg.InvalidAuthorizationSpecificationError:
        return [wrong(about, "the password or the role is refused", f"Write the right one into {variable}")]
    except asyncpg.InvalidCatalogNameError:
        return [wrong(about, "there is no such database", f"Look at {variable}, or make it")]
    except (
        OSError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        ValueError,
    ) as error:
        return [
            wrong(
                about,
                f"no connection ({type(error).__name__})",
                f"Look whether PostgreSQL is running at the host and port of {variable}, and at its log",
            )
        ]
    try:
        checks: list[Check] = [_reached, _isolated, _Migrated(installation.doctor.migrations), _clock]
        if SERVICES[name].emits:
            checks.append(_outbox)
        checks.append(_own(settings))
        return [await _asked(check, name, connection) for check in checks]
    finally:
        connection.terminate()


def _own(settings: DatabaseSettings) -> Check:
    if isinstance(settings, AuthSettings):
        return signing_keys(settings)
    return sealing_keys(settings) if isinstance(settings, NotesSettings) else letters


async def _asked(check: Check, name: str, connection: Connection) -> Finding:
    try:
        return await check(name, connection)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError):
        return wrong(f"postgres {name}", "a table or a column is not there", "Run the migrations")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return wrong(f"postgres {name}", f"it did not answer ({type(error).__name__})", "Look at its log")


async def _reached(name: str, connection: Connection) -> Finding:
    version = connection.get_server_version().major
    if version < OLDEST_POSTGRES:
        return wrong(
            f"postgres {name}", f"PostgreSQL is {version}", f"Upgrade it to {OLDEST_POSTGRES} or newer"
        )
    return ok(f"postgres {name}", f"reached, version {version}")


async def _isolated(name: str, connection: Connection) -> Finding:
    """Neither rights on another's schema, nor a role from which they would come."""
    if await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return wrong(
            f"rights {name}",
            "its role is a superuser",
            f"Give {name} a role of its own: infra/postgres/roles.sql",
        )
    others = await connection.fetch(
        """
        SELECT nspname FROM pg_namespace WHERE nspname = ANY ($1) AND has_schema_privilege(oid, 'USAGE')
        UNION SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND pg_has_role(oid, 'MEMBER')
        UNION SELECT 'public' WHERE has_schema_privilege('public', 'CREATE')
        """,
        [other for other in SERVICES if other != name],
    )
    if others:
        reached = ", ".join(sorted(row[0] for row in others))
        return wrong(
            f"rights {name}", f"its role reaches {reached}", "Run infra/postgres/roles.sql, or REVOKE it"
        )
    return ok(f"rights {name}", "its role reaches its own schema alone")


class _Migrated:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    async def __call__(self, name: str, connection: Connection) -> Finding:
        about = f"migrations {name}"
        known = _versions(Path(self._pattern.replace("{service}", name)))
        if not known:
            return warning(about, "none to compare with", "Name their folder in DOCTOR_MIGRATIONS")
        rows = await connection.fetch(f"SELECT version FROM {name}.schema_migrations")  # noqa: S608 - of the registry
        applied = {row["version"] for row in rows}
        if missing := sorted(known - applied):
            return wrong(
                about, f"not applied: {', '.join(missing)}", "Run the migrations, then restart the service"
            )
        if newer := sorted(applied - known):
            return warning(
                about,
                f"of a newer version: {', '.join(newer)}",
                "Fine after going back; else upgrade the services",
            )
        return ok(about, f"all {len(known)} are applied")


def _versions(folder: Path) -> set[str]:
    return {path.name.partition("_")[0] for path in folder.glob("*.sql")}


async def _clock(name: str, connection: Connection) -> Finding:
    began = now()
    theirs: float = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    # Whatever lies within the question is as good as the same.
    difference = max(began - theirs, theirs - now(), 0.0)
    if difference > CLOCKS_DIFFER_BY:
        return wrong(f"clock {name}", f"PostgreSQL's differs by {difference:.1f} s", "Set both by NTP")
    return ok(f"clock {name}", "agrees with PostgreSQL's")


async def _outbox(name: str, connection: Connection) -> Finding:
    waiting, age = await connection.fetchrow(  # type: ignore[misc]  # an aggregate has a row
        """
        SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
        FROM outbox WHERE published_at IS NULL
        """
    )
    if age > OUTBOX_WAITS:
        return wrong(
            f"outbox {name}",
            f"{waiting} events wait, the oldest for {age:.0f} s",
            "The log of the service says why JetStream refuses; docs/runbooks.md#outbox-stuck",
        )
    return ok(f"outbox {name}", "published" if not waiting else f"{waiting} are on their way")
