"""NATS as infra/nats/tls.conf has it, for tests that come with a certificate."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.binaries import scripts
from devstack.ports import LOOPBACK, free_ports
from devstack.repository import ROOT


@contextmanager
def nats_with_tls(folder: Path, certificate: Path, passwords: str) -> Iterator[tuple[int, int]]:
    """Its ports for clients and for monitoring, until the block ends; it may not listen yet.

    `folder` is made; `certificate` has `certificate.pem` and `key.pem`; `passwords` is a configuration of
    NATS with the variables that infra/nats asks for.
    """
    shutil.copytree(ROOT / "infra" / "nats", folder)
    (folder / "passwords.conf").write_text(passwords)
    port, monitor = free_ports(2)
    environment = {
        "PATH": os.environ["PATH"],
        "NATS_NAME": "nats-1",
        "NATS_LISTEN": f"{LOOPBACK}:{port}",
        "NATS_MONITOR": f"{LOOPBACK}:{monitor}",
        "NATS_STORE": str(folder / "store"),
        "NATS_CERT": str(certificate / "certificate.pem"),
        "NATS_KEY": str(certificate / "key.pem"),
    }
    command = [str(scripts() / "nats-server"), "--config", str(folder / "tls.conf")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            yield port, monitor
        finally:
            server.terminate()
