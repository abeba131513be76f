"""The compose files as compose itself understands them, with secrets made for the occasion; no engine."""

import functools
import json
import os
import subprocess
import sysconfig
from pathlib import Path

import aiohttp
import pytest

from devstack.repository import ROOT

SCRIPTS = Path(sysconfig.get_path("scripts"))
PRODUCTION = {
    "ONASTY_SITE": "notes.example.org",
    "MAILER_FROM_ADDRESS": "Onasty <onasty@example.org>",
    "MAILER_SMTP_HOST": "smtp.example.org",
}


@pytest.fixture(scope="session")
def scripts():
    """Where the tools of the group `dev` lie."""
    return SCRIPTS


@pytest.fixture(scope="session")
def secrets(tmp_path_factory):
    """A folder of secrets, as an installation has it."""
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    subprocess.run([ROOT / "infra" / "compose" / "secrets.sh", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="session")
def compose(secrets):
    """`compose("production", profile="monitoring")`: all of it, resolved, or compose's words."""

    @functools.cache
    def resolved(*overrides, profile=None, told=True):
        files = [ROOT / "docker-compose.yml"]
        files += [ROOT / "infra" / "compose" / f"{name}.yml" for name in overrides]
        command = [SCRIPTS / "docker-compose", "--env-file", os.devnull]
        command += [word for file in files for word in ("--file", file)]
        command += ["--profile", profile] if profile else []
        done = subprocess.run(
            [*command, "config", "--format", "json"],
            check=False,
            env={"PATH": os.environ["PATH"], "ONASTY_SECRETS": str(secrets), **(PRODUCTION if told else {})},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    return resolved


@pytest.fixture
async def session():
    """A client that takes an answer as it comes."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session
