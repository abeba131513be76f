"""An installation that is as it should be, and what of it is printed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.registry import SERVICES
from devstack.operator import settings
from doctor.examination import examine
from doctor.finding import State

pytestmark = pytest.mark.integration

PARTS = {
    *(f"settings {name}" for name in (*SERVICES, "provision", "doctor")),
    *(f"nats {name}" for name in SERVICES),
    *(
        f"{what} {name}"
        for name in ("auth", "notes", "mailer")
        for what in ("postgres", "rights", "migrations", "clock")
    ),
    *("outbox auth", "outbox notes", "keys auth", "keys notes", "letters", "smtp"),
    *("stream EVENTS", "stream DEAD_LETTERS", "consumer notes", "consumer mailer", "dead letters", "sync"),
    *("redis gateway", "redis auth", "ready", "public url"),
}


async def test_nothing_is_wrong_and_everything_was_looked_at(told):
    findings = await examine()
    assert [str(finding) for finding in findings if finding.state is not State.OK] == []
    assert {finding.about for finding in findings} == PARTS


def run(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def test_the_task_says_so_for_programs_and_exits_with_0(running):
    folder = Path(running.mailbox).parent
    done = run({}, "devstack.operator", f"--data-dir={folder}", "doctor", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["state"] == "ok"
    assert {finding["about"] for finding in said["findings"]} == PARTS


def test_where_all_is_wrong_it_exits_with_1_and_tells_no_secret(running):
    environment = settings(running) | {"AUTH_SECRET": "short-and-secret"}
    for name, value in environment.items():
        # Nothing listens on port 1; the rest of the address stays, with its password.
        if name.endswith(("NATS_URL", "DATABASE_URL", "REDIS_URL")):
            host, _, rest = value.rpartition("@")[2].partition(":")
            port = rest.partition("/")[0]
            environment[name] = value.replace(f"{host}:{port}", f"{host}:1")
    done = run(environment | {"MAILER_SMTP_PORT": "1"}, "doctor")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("wrong    settings auth") and "AUTH_SECRET" in line]
    for part in ("postgres notes", "nats mailer", "jetstream", "redis gateway", "smtp"):
        assert [line for line in lines if line.startswith(f"wrong    {part} ")], part
    secrets = ["short-and-secret", *running.secrets.values()]
    secrets += [url.split("@")[0].rpartition(":")[2] for url in (*running.postgres.values(), running.redis)]
    secrets += [url.split("@")[0].rpartition(":")[2] for url in (*running.nats_users.values(), running.nats)]
    assert [secret for secret in secrets if secret in done.stdout] == []
