"""NATS takes the files, and lets services do what the devstack lets them."""

import os
import shutil
import subprocess

import pytest

from deployment.nats_users import FILE, text
from devstack.nats_server import MAX_PAYLOAD, MAX_PENDING
from devstack.repository import ROOT

FOLDER = ROOT / "infra" / "nats"


def test_rights_are_those_of_the_contracts():
    assert FILE.read_text() == text(), "run ./task gen and commit"


@pytest.mark.parametrize("config", ["node.conf", "cluster.conf"])
def test_the_server_takes_it(config, scripts, secrets, tmp_path):
    folder = tmp_path / "nats"
    shutil.copytree(FOLDER, folder)
    shutil.copy(secrets / "nats_passwords.conf", folder / "passwords.conf")
    shutil.copy(secrets / "nats_routes.conf", folder / "routes.conf")
    environment = {
        "PATH": os.environ["PATH"],
        "NATS_NAME": "nats-1",
        "NATS_LISTEN": "0.0.0.0:4222",
        "NATS_MONITOR": "0.0.0.0:8222",
        "NATS_STORE": str(tmp_path),
        "NATS_CLUSTER_LISTEN": "0.0.0.0:6222",
    }
    done = subprocess.run(
        [scripts / "nats-server", "-t", "-c", folder / config],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_it_is_set_as_the_devstack_is():
    node = (FOLDER / "node.conf").read_text()
    assert "sync_interval: always" in node
    assert f"max_payload: {MAX_PAYLOAD // 2**20}MB" in node
    assert f"max_pending: {MAX_PENDING // 2**20}MB" in node
