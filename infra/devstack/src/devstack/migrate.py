"""Brings each service's schema up to date, as the service's own role.

`python -m devstack.migrate` takes AUTH_DATABASE_URL, NOTES_DATABASE_URL and MAILER_DATABASE_URL from the
environment, or else everything from a running devstack. Any number may run at once: dbmate holds an
advisory lock while it works.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.binaries import scripts
from devstack.data_directory import DataDirectory
from devstack.endpoints import Endpoints
from devstack.environment import inherited
from devstack.errors import StackError
from devstack.postgres_server import SCHEMAS
from devstack.process import Program, run
from devstack.repository import DEFAULT_DATA, migrations
from devstack.together import all_or_none

WITHIN = 300.0


async def migrate(service: str, url: str, log: Path | None = None) -> None:
    """Apply what is pending; nothing without .sql files. Raises `StackError` with dbmate's words."""
    folder = migrations(service)
    if not any(folder.glob("*.sql")):
        return
    program = Program(
        name=f"migration of {service}",
        argv=(
            str(scripts() / "dbmate"),
            "--env=DATABASE_URL",
            f"--migrations-dir={folder}",
            f"--migrations-table={service}.schema_migrations",
            "--no-dump-schema",
            "--migration-lock",
            "migrate",
        ),
        log=log,
        # In the environment and not among the arguments, which everybody on this machine may read.
        env={**inherited(), "DATABASE_URL": url},
    )
    await run(program, within=WITHIN)


async def migrate_all(urls: Mapping[str, str], data: DataDirectory | None = None) -> None:
    """Migrate all services at once, with logs in `data` or else on the terminal. Raises `StackError`."""
    async with all_or_none() as group:
        for service, url in urls.items():
            log = data.log(f"migrate-{service}") if data else None
            group.create_task(migrate(service, url, log))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m devstack.migrate", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA, help="of a running devstack")
    options = parser.parse_args()
    try:
        asyncio.run(migrate_all(_urls(options.data_dir)))
    except StackError as error:
        sys.exit(str(error))


def _urls(data: Path) -> Mapping[str, str]:
    names = {service: f"{service.upper()}_DATABASE_URL" for service in SCHEMAS}
    given = {service: os.environ[name] for service, name in names.items() if name in os.environ}
    if len(given) == len(names):
        return given
    running = Endpoints.read(data / "endpoints.json").postgres
    return {service: given.get(service, running[service]) for service in SCHEMAS}


if __name__ == "__main__":
    main()
