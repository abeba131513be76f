"""Caddy takes its files, by whatever name the installation goes."""

import os
import subprocess

import pytest

from devstack.repository import ROOT

FOLDER = ROOT / "infra" / "caddy"


@pytest.mark.parametrize("site", ["localhost", "notes.example.org"])
def test_the_configuration_is_valid(scripts, tmp_path, site):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ONASTY_SITE": site}
    command = [scripts / "caddy", "validate", "--config", FOLDER / "Caddyfile"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_it_is_formatted(scripts, file):
    command = [scripts / "caddy", "fmt", "--diff", file]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0, (
        "run caddy fmt --overwrite"
    )
