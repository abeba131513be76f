"""The mailer as the process that it is: started, stopped, killed, and searched for what it must not tell."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

CANARIES = ("canary-recipient.example", "canaryToken")


class Mailer:
    """A process of the service, and what it wrote."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mailer"], stdout=file, stderr=subprocess.STDOUT, env=environment
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output
        return '"event": "ready"' in self.output

    def metrics(self) -> str:
        port = re.search(r'"ops_port": (\d+)', self.output)
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 20)

    def logged(self, event: str) -> list[dict[str, Any]]:
        # The last may be half written.
        whole = self.output.rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@pytest.fixture
async def start_mailer(stack, sink, tmp_path, until, sql):
    """Run mailers that send to the sink. What they leave behind is searched for canaries when all is over."""
    mailers: list[Mailer] = []

    async def start(*, wait: bool = True, **settings: str) -> Mailer:
        values = {
            "NATS_URL": stack.nats_users["mailer"],
            "DATABASE_URL": stack.postgres["mailer"],
            "OPS_PORT": "0",
            "LOG_LEVEL": "debug",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(sink.port),
            "SMTP_SECURITY": "none",
            "FROM_ADDRESS": "Onasty <onasty@example.org>",
            "PUBLIC_URL": "https://notes.example.org",
            # The lease is three times as long.
            "ATTEMPT_TIMEOUT": "2",
            "RETRY_DELAYS": "0.1,0.2,0.5",
            **settings,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
        environment |= {f"MAILER_{name}": value for name, value in values.items()}
        mailer = Mailer(environment, tmp_path / f"mailer-{len(mailers)}.log")
        mailers.append(mailer)
        if wait:
            await until(mailer.is_ready)
        return mailer

    async with AsyncExitStack() as stack_of_checks:
        stack_of_checks.push_async_callback(_search, mailers, sql)
        yield start


async def _search(mailers: list[Mailer], sql: Any) -> None:
    metrics = [mailer.metrics() for mailer in mailers if mailer.process.poll() is None]
    codes = [await mailer.stop() for mailer in mailers]
    rows = [str(dict(row)) for table in ("jobs", "inbox") for row in await sql(f"SELECT * FROM {table}")]
    for canary in CANARIES:
        for place, texts in {"log": [m.output for m in mailers], "metric": metrics, "table": rows}.items():
            assert not any(canary in text for text in texts), f"{canary} in a {place}"
    assert set(codes) <= {0, -signal.SIGKILL}, [mailer.output for mailer in mailers]


@pytest.fixture
def settled(sql, until):
    """Wait until every one of these letters is sent."""

    async def wait(ids, state="sent", within=60.0):
        async def count():
            try:
                (row,) = await sql("SELECT count(*) FROM jobs WHERE id = ANY ($1) AND state = $2", ids, state)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False
            return row[0] == len(ids)

        await until(count, within=within)

    return wait


@pytest.fixture
def assert_each_once(sink):
    """Distinct Message-IDs are the committed events; of those in `twice` two may have come."""

    def check(ids, *, twice=frozenset()):
        assert set(sink.accepted) == {f"<{each}@example.org>" for each in ids}
        assert {each for each, count in sink.accepted.items() if count > 1} <= set(twice)

    return check


class Step:
    """A place at which the mailer waits for the sink's answer."""

    def __init__(self, answer="451 Too late"):
        self._answer = answer
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def hold(self, *_):
        self.reached.set()
        await self.go_on.wait()
        return self._answer


@pytest.fixture
def make_step():
    return Step


@pytest.fixture
def lock_is_waited_for(sql):
    async def look():
        query = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'jobs'::regclass"
        return await sql(query)

    return look
