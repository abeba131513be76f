import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from devstack.binaries import scripts
from devstack.ports import free_ports

pytestmark = pytest.mark.integration


async def test_jetstream_flushes_every_message_to_disk(servers):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{servers.nats_monitor}/jsz?config=1") as answer,
    ):
        jetstream = await answer.json()

    assert jetstream["config"]["sync_always"] is True


@pytest.fixture
def careless_nats(tmp_path):
    """A server as its own defaults make it: it acknowledges minutes before it writes to disk."""
    port, monitor = free_ports(2)
    config = tmp_path / "nats.conf"
    config.write_text(
        json.dumps(
            {
                "listen": f"127.0.0.1:{port}",
                "http": f"127.0.0.1:{monitor}",
                "jetstream": {"store_dir": str(tmp_path / "store")},
            }
        )
    )
    with (tmp_path / "nats.log").open("w") as log:
        server = subprocess.Popen([scripts() / "nats-server", "--config", config], stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not listens(port):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield {
            "PROVISION_NATS_URL": f"nats://admin:that-nobody-looks-at@127.0.0.1:{port}",
            "PROVISION_NATS_MONITOR_URL": f"http://127.0.0.1:{monitor}",
        }
    finally:
        server.kill()
        server.wait()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def provision(environment):
    return subprocess.run(
        [sys.executable, "-P", "-m", "chassis.provision"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_nats_that_acknowledges_before_it_writes_is_refused_unless_told_otherwise(careless_nats):
    refused = provision(careless_nats)
    assert refused.returncode == 1
    assert "lacks `sync_interval: always`" in refused.stderr

    unknown = provision({"PROVISION_NATS_URL": careless_nats["PROVISION_NATS_URL"]})
    assert unknown.returncode == 1
    assert "set PROVISION_NATS_MONITOR_URL" in unknown.stderr

    told = provision({**careless_nats, "PROVISION_ALLOW_UNSYNCED": "true"})
    assert (told.returncode, told.stderr) == (0, "")


def operator(servers, *arguments):
    folder = Path(servers.mailbox).parent
    return subprocess.run(
        [sys.executable, "-P", "-m", "devstack.operator", f"--data-dir={folder}", *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_an_operators_commands_find_the_running_stack(servers):
    provisioned = operator(servers, "provision")
    assert provisioned.stdout.startswith("provisioned EVENTS, DEAD_LETTERS and ")
    listed = operator(servers, "dead-letters", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    replayed = operator(servers, "outbox-replay", "--since", "2026-01-31T12:00:00Z")
    assert replayed.stdout.startswith("auth: to be published again: ")

    assert "say which time zone" in operator(servers, "outbox-replay", "--since", "2026-01-31T12:00").stderr
    unsaid = operator(servers, "dead-letters", "replay")
    assert (unsaid.returncode, unsaid.stdout) == (2, "")
    assert "replay: say which, by sequence, or --all" in unsaid.stderr
    nothing = operator(servers, "dead-letters", "show", "999999")
    assert nothing.stderr == "dead_letters: there is no such dead letter; `list` shows them\n"
