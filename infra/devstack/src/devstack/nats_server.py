"""NATS with JetStream: one user per service with the rights that its contract gives, and an administrator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.permissions import Permissions
from devstack.account import ServersHome
from devstack.binaries import Binaries
from devstack.data_directory import DataDirectory
from devstack.environment import for_servers
from devstack.files import write_atomically
from devstack.ports import LOOPBACK
from devstack.probe import http_ok
from devstack.process import Program
from devstack.supervised import Supervised
from devstack.terminal import Say

ADMIN = "admin"
MAX_PAYLOAD = 8 * 1024 * 1024
# What waits for one connection before NATS cuts it off. A hundred of the largest notes, read at the same
# moment, are 300 MiB of JSON on the way to one gateway; the default of 64 MiB cuts it off in the middle.
MAX_PENDING = 512 * 1024 * 1024
# Longer than any request's deadline.
ANSWER_WITHIN = "60s"


def nats_server(
    home: ServersHome,
    binaries: Binaries,
    data: DataDirectory,
    *,
    port: int,
    http_port: int,
    passwords: Mapping[str, str],
    rights: Mapping[str, Permissions],
    say: Say,
) -> Supervised:
    """NATS, ready when JetStream is. Its configuration holds the passwords and is closed to others."""
    folder = home.folder("nats")
    config = folder / "nats.conf"
    store = folder / "jetstream"
    text = render(port=port, http_port=http_port, store=str(store), passwords=passwords, rights=rights)
    write_atomically(config, text, owner=home.owner)

    async def ready(_: int) -> bool:
        return await http_ok(LOOPBACK, http_port, "/healthz")

    program = Program(
        name="nats",
        argv=(str(binaries.nats_server), "--config", str(config)),
        log=data.log("nats"),
        env=for_servers(),
        account=home.account,
    )
    return Supervised(
        program, ready, address=f"{LOOPBACK}:{port}", say=say, prepare=lambda: remove_write_probes(store)
    )


def remove_write_probes(store: Path) -> None:
    """Remove the empty files by which the server tries whether its store is writable.

    One that is killed at that moment leaves the file, and every later one takes it for an account, finds
    no such account, and never becomes healthy (seen with 2.15.1).
    """
    for probe in (store / "jetstream").glob("_test_*"):
        if probe.is_file() and not probe.is_symlink():
            probe.unlink(missing_ok=True)


def render(
    *,
    port: int,
    http_port: int,
    store: str,
    passwords: Mapping[str, str],
    rights: Mapping[str, Permissions],
) -> str:
    """The server's configuration, as JSON, which its format includes."""
    config = {
        "server_name": "onasty",
        "listen": f"{LOOPBACK}:{port}",
        "http": f"{LOOPBACK}:{http_port}",
        "max_payload": MAX_PAYLOAD,
        "max_pending": MAX_PENDING,
        "jetstream": {
            "store_dir": store,
            # JetStream acknowledges before it writes to disk; without this, a power cut takes the
            # acknowledged messages of the last two minutes.
            "sync_interval": "always",
        },
        "authorization": {"users": users(passwords, rights)},
    }
    return json.dumps(config, indent=2) + "\n"


def users(passwords: Mapping[str, str], rights: Mapping[str, Permissions]) -> list[dict[str, Any]]:
    """The administrator, and each service with what its contract allows, as NATS wants them written."""
    return [
        {"user": ADMIN, "password": passwords[ADMIN]},
        *(
            {"user": name, "password": passwords[name], "permissions": _permissions(allowed)}
            for name, allowed in rights.items()
        ),
    ]


def _permissions(allowed: Permissions) -> dict[str, Any]:
    permissions: dict[str, Any] = {
        "publish": _subjects(allowed.publish, allowed.publish_denied),
        "subscribe": _subjects(allowed.subscribe),
    }
    if allowed.responds:
        permissions["allow_responses"] = {"max": 1, "expires": ANSWER_WITHIN}
    return permissions


def _subjects(allowed: tuple[str, ...], denied: tuple[str, ...] = ()) -> dict[str, list[str]]:
    # An empty list of allowed subjects would allow all of them.
    if not allowed:
        return {"deny": [">"]}
    return {"allow": list(allowed), **({"deny": list(denied)} if denied else {})}
