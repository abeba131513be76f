"""Valkey, for what may be lost: nothing of it is kept on disk."""

from __future__ import annotations

from devstack.account import ServersHome
from devstack.binaries import Binaries
from devstack.data_directory import DataDirectory
from devstack.environment import for_servers
from devstack.files import write_atomically
from devstack.ports import LOOPBACK
from devstack.probe import answers
from devstack.process import Program
from devstack.supervised import Supervised
from devstack.terminal import Say

CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
daemonize no
"""


def valkey_server(
    home: ServersHome,
    binaries: Binaries,
    data: DataDirectory,
    *,
    port: int,
    password: str,
    say: Say,
) -> Supervised:
    """Valkey, ready when it takes its password."""
    folder = home.folder("valkey")
    config = folder / "valkey.conf"
    text = CONFIG.format(host=LOOPBACK, port=port, password=password, folder=f'"{folder}"')
    write_atomically(config, text, owner=home.owner)

    async def ready(_: int) -> bool:
        return await answers(LOOPBACK, port, f"AUTH {password}\r\n".encode(), b"+OK")

    program = Program(
        name="valkey",
        argv=(str(binaries.valkey_server), str(config)),
        log=data.log("valkey"),
        env=for_servers(),
        account=home.account,
    )
    return Supervised(program, ready, address=f"{LOOPBACK}:{port}", say=say)
