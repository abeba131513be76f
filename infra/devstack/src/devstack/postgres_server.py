"""PostgreSQL: one database, a role and a schema for each service."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.account import ServersHome
from devstack.binaries import Binaries
from devstack.data_directory import DataDirectory
from devstack.environment import for_servers, inherited
from devstack.files import write_atomically
from devstack.leftovers import LEFTOVERS_WITHIN, POLL, still_there, working_in
from devstack.ports import LOOPBACK
from devstack.process import Program, run
from devstack.repository import ROLES_SQL
from devstack.supervised import Supervised
from devstack.terminal import Say

ADMIN = "onasty_admin"
DATABASE = "onasty"
# The services that have a schema; roles.sql says the same.
SCHEMAS = ("auth", "notes", "mailer")

DATABASE_SQL = Path(__file__).with_name("database.sql")
INITDB_WITHIN = 60.0
ROLES_WITHIN = 30.0


class PostgresServer:
    """PostgreSQL in its home, on one port. Connections take a password and come from this machine."""

    def __init__(
        self,
        home: ServersHome,
        binaries: Binaries,
        data: DataDirectory,
        *,
        port: int,
        passwords: Mapping[str, str],
        say: Say,
    ) -> None:
        """`passwords` of `ADMIN` and of each of `SCHEMAS`."""
        self._home = home
        self._folder = home.folder("postgres")
        self._cluster = self._folder / "data"
        self._programs = binaries.postgres
        self._psql = binaries.psql
        self._log = data.log("postgres")
        self._port = port
        self._passwords = passwords
        self.server = Supervised(self._server(), self._ready, address=f"{LOOPBACK}:{port}", say=say)

    def dsn(self, role: str) -> str:
        """Where `role` connects."""
        return (
            f"postgresql://{role}:{self._passwords[role]}@{LOOPBACK}:{self._port}/{DATABASE}?sslmode=disable"
        )

    async def start(self) -> None:
        """Start it with roles and schemas in place, making the cluster first if there is none.

        An interrupted first start is simply done again. Raises `StackError`.
        """
        if self._cluster.exists():
            await _wait_for_leftovers(self._cluster)
            if sys.platform == "linux":
                # Nobody is there. The process id in the file may meanwhile be somebody else's, which
                # would keep PostgreSQL from starting.
                (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        else:
            await self._make_cluster()
        await self.server.start()
        await run(self._make_roles(), within=ROLES_WITHIN)

    def _server(self) -> Program:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self._port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Without the values of a row that is refused.
            "log_error_verbosity": "terse",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self._program(
            "postgres",
            "-D",
            str(self._cluster),
            *options,
            stop_signal=signal.SIGINT,  # fast: sessions are ended, not waited for
            orphan_signal=signal.SIGQUIT,  # at once, its own children included; the log replays
        )

    async def _ready(self, pid: int) -> bool:
        # What pg_ctl reads: the first line is the process, the eighth and last its state.
        try:
            first, *_, last = (self._cluster / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, ValueError):  # not there yet, or not whole
            return False
        return first == str(pid) and last.strip() == "ready"

    async def _make_cluster(self) -> None:
        new = self._folder / "data.new"
        if new.exists():
            await _wait_for_leftovers(new)
            shutil.rmtree(new)
        password_file = self._folder / "password"
        write_atomically(password_file, self._passwords[ADMIN], owner=self._home.owner)
        try:
            await run(
                self._program(
                    "initdb",
                    f"--pgdata={new}",
                    f"--username={ADMIN}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                ),
                within=INITDB_WITHIN,
            )
        finally:
            password_file.unlink()
        new.rename(self._cluster)

    def _make_roles(self) -> Program:
        passwords = {f"POSTGRES_{role.upper()}_PASSWORD": self._passwords[role] for role in SCHEMAS}
        return Program(
            name="psql",
            argv=(
                str(self._psql),
                "--no-psqlrc",
                "--quiet",
                f"--host={LOOPBACK}",
                f"--port={self._port}",
                f"--username={ADMIN}",
                "--dbname=postgres",
                f"--file={DATABASE_SQL}",
                f"--file={ROLES_SQL}",
            ),
            log=self._log,
            env={**inherited(), **passwords, "PGPASSWORD": self._passwords[ADMIN]},
        )

    def _program(
        self,
        name: str,
        *arguments: str,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> Program:
        return Program(
            name=name,
            argv=(str(self._programs / name), *arguments),
            log=self._log,
            env=for_servers(),
            account=self._home.account,
            stop_signal=stop_signal,
            orphan_signal=orphan_signal,
        )


async def _wait_for_leftovers(cluster: Path) -> None:
    """Wait until what a launcher that was killed has left has gone from the cluster."""
    try:
        async with asyncio.timeout(LEFTOVERS_WITHIN):
            while working_in(cluster):  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise still_there(cluster, working_in(cluster)) from None
