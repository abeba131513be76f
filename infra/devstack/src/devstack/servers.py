"""NATS, PostgreSQL and Valkey together, with everything in them that services expect to find."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterator, Mapping

from contracts.permissions import permissions
from contracts.registry import SERVICES
from devstack.account import servers_home
from devstack.binaries import binaries_for
from devstack.data_directory import DataDirectory
from devstack.environment import inherited
from devstack.migrate import migrate_all
from devstack.nats_server import ADMIN as NATS_ADMIN
from devstack.nats_server import nats_server
from devstack.passwords import load_passwords
from devstack.ports import LOOPBACK
from devstack.postgres_server import ADMIN as POSTGRES_ADMIN
from devstack.postgres_server import SCHEMAS, PostgresServer
from devstack.process import Program, run
from devstack.supervised import Supervised
from devstack.terminal import Say
from devstack.together import all_or_none
from devstack.valkey_server import valkey_server

PROVISION_WITHIN = 30.0
SEALING = "sealing of notes"
CLIENTS = "hashing of clients"
ACCOUNTS = "keys of accounts"


class Servers:
    """The three servers of one data directory, and the addresses with which to reach them."""

    def __init__(self, data: DataDirectory, ports: Iterator[int], *, fresh: bool, say: Say) -> None:
        """Takes what it needs from `ports`; starts nothing yet."""
        self._data = data
        home = servers_home(data, fresh=fresh, say=say)
        binaries = binaries_for(home)
        passwords = load_passwords(
            data.passwords,
            [
                *(f"postgres {role}" for role in (POSTGRES_ADMIN, *SCHEMAS)),
                *(f"nats {user}" for user in (NATS_ADMIN, *SERVICES)),
                "valkey",
                SEALING,
                CLIENTS,
                ACCOUNTS,
            ],
        )
        # What services keep secret themselves: it must outlive a restart as the data does.
        self.secrets = {
            "NOTES_SEALING_KEYS": f"devstack:{_key(passwords[SEALING])}",
            "GATEWAY_CLIENT_KEY": passwords[CLIENTS],
            "AUTH_SECRET": _key(passwords[ACCOUNTS]),
        }

        nats_port, monitor_port = next(ports), next(ports)
        nats_passwords = {user: passwords[f"nats {user}"] for user in (NATS_ADMIN, *SERVICES)}
        self._nats = nats_server(
            home,
            binaries,
            data,
            port=nats_port,
            http_port=monitor_port,
            passwords=nats_passwords,
            rights={name: permissions(name) for name in SERVICES},
            say=say,
        )
        nats_urls = {
            user: f"nats://{user}:{password}@{LOOPBACK}:{nats_port}"
            for user, password in nats_passwords.items()
        }
        self.nats_url = nats_urls.pop(NATS_ADMIN)
        self.nats_users: Mapping[str, str] = nats_urls
        self.nats_monitor = f"http://{LOOPBACK}:{monitor_port}"

        self._postgres = PostgresServer(
            home,
            binaries,
            data,
            port=next(ports),
            passwords={role: passwords[f"postgres {role}"] for role in (POSTGRES_ADMIN, *SCHEMAS)},
            say=say,
        )
        self.databases: Mapping[str, str] = {role: self._postgres.dsn(role) for role in SCHEMAS}
        self.admin_database = self._postgres.dsn(POSTGRES_ADMIN)

        valkey_port = next(ports)
        self._valkey = valkey_server(
            home, binaries, data, port=valkey_port, password=passwords["valkey"], say=say
        )
        self.redis_url = f"redis://:{passwords['valkey']}@{LOOPBACK}:{valkey_port}/0"

    @property
    def processes(self) -> Mapping[str, Supervised]:
        """By name."""
        return {"nats": self._nats, "postgres": self._postgres.server, "valkey": self._valkey}

    async def start(self, migrated: Mapping[str, str]) -> None:
        """Start all of them at once; migrate the databases in `migrated`, make streams and consumers.

        Raises `StackError`.
        """
        async with all_or_none() as group:
            group.create_task(self._valkey.start())
            group.create_task(self._start_postgres(migrated))
            group.create_task(self._start_nats())

    async def _start_postgres(self, migrated: Mapping[str, str]) -> None:
        await self._postgres.start()
        await migrate_all(migrated, self._data)

    async def _start_nats(self) -> None:
        await self._nats.start()
        program = Program(
            name="provisioning",
            argv=(sys.executable, "-P", "-m", "chassis.provision"),
            log=self._data.log("provision"),
            env={
                **inherited(),
                "PROVISION_NATS_URL": self.nats_url,
                "PROVISION_NATS_MONITOR_URL": self.nats_monitor,
            },
        )
        await run(program, within=PROVISION_WITHIN)


def _key(secret: str) -> str:
    """32 bytes in base64, as long as the secret is the same."""
    return base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()
