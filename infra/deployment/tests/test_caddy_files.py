"""Caddy takes its files, by whatever name the installation goes."""

import json
import os
import subprocess

import pytest

from devstack.repository import ROOT
from gateway.settings import GatewaySettings

NANOSECONDS = 10**9
# Eight connections with as many streams as HTTP/2 gives each.
BODIES = 8 * 250
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


@pytest.fixture(scope="module")
def adapted(scripts):
    """The configuration as Caddy's own JSON."""
    command = [scripts / "caddy", "adapt", "--config", FOLDER / "Caddyfile"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_a_connection_is_kept_for_less_long_than_a_gateway_keeps_it(adapted):
    kept = list(found("idle_timeout", {"all": list(found("keep_alive", adapted))}))
    gateway = GatewaySettings.model_fields
    assert kept
    for name in ("idle_timeout", "drain_timeout"):
        assert max(kept) / NANOSECONDS < gateway[name].default


def test_caddy_has_time_to_stop_by_itself(adapted, compose):
    (grace,) = found("grace_period", adapted)
    given = compose()["services"]["web"]["stop_grace_period"]
    assert grace / NANOSECONDS < float(given.removesuffix("s"))


def test_bodies_that_stop_short_leave_caddy_its_memory(adapted, compose):
    given = int(compose()["services"]["web"]["deploy"]["resources"]["limits"]["memory"])
    kept = list(found("request_buffers", adapted))
    assert kept
    assert max(kept) * BODIES < given / 4


def found(name, tree):
    """Every value of this name in it."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if key == name:
            yield value
        elif isinstance(value, dict | list):
            yield from found(name, value)
