"""A devstack of the bench's own, in a temporary folder that is removed again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.errors import BenchError
from devstack.endpoints import Endpoints

READY = "(Ctrl-C stops "  # in the last line of a start
READY_WITHIN = 90.0
STOPS_WITHIN = 15.0
POLL = 0.05


@dataclass(frozen=True, slots=True)
class RunningStack:
    """Ready, and used by nobody else. `folder` is for files of the bench."""

    data: Path
    folder: Path

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints.read(self.data / "endpoints.json")

    @property
    def host(self) -> str:
        return urlsplit(self.endpoints.gateway).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.endpoints.gateway).port or 80

    @property
    def database(self) -> str:
        """Of the notes service, in its role."""
        return self.endpoints.postgres["notes"]


@contextmanager
def running(replicas: int, say: Callable[[str], None]) -> Iterator[RunningStack]:
    """A fresh stack with so many notes processes and no rate limits. Raises `BenchError`."""
    root = Path(tempfile.mkdtemp(prefix="onasty-bench-"))
    root.chmod(0o711)  # PostgreSQL of a bench that root runs is nobody's
    try:
        folder = root / "files"
        folder.mkdir()
        with (root / "output.txt").open("wb") as output:
            process = _launch(root / "data", replicas, output.fileno())
        try:
            _wait_until_ready(process, root / "output.txt")
            say(f"a stack with {replicas} x notes is ready")
            yield RunningStack(root / "data", folder)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _launch(data: Path, replicas: int, output: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "devstack", "--fresh", "--port", "0", "--data-dir", str(data)]
    return subprocess.Popen(  # noqa: S603
        [*command, "--scale", f"notes={replicas}"],
        env={**os.environ, "GATEWAY_RATE_LIMITS": "off"},
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C at the terminal is ours: the stack is stopped after what uses it.
        start_new_session=True,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while READY not in output.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"the stack did not start:\n{output.read_text()}")
        time.sleep(POLL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
