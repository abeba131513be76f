"""Fixtures that run the real thing: `servers`, and `launch_devstack` for tests of their own.

For the root conftest: `pytest_plugins = ["devstack.pytest_plugin"]`.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.endpoints import Endpoints

READY = "(Ctrl-C stops "  # in the last line of a start
READY_WITHIN = 60.0
STOPS_WITHIN = 10.0
POLL = 0.05


@dataclass(frozen=True, slots=True)
class Devstack:
    """A launcher that runs as a child of the tests."""

    process: subprocess.Popen[bytes]
    data: Path
    _output: Path

    @property
    def endpoints(self) -> Endpoints:
        """As they are now: process ids change when something is started again."""
        return Endpoints.read(self.data / "endpoints.json")

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self._output.read_text()

    def wait_until_ready(self) -> Endpoints:
        """Fails the test with the launcher's own words when it ends instead."""
        # Not the file: that of a launcher that was killed stays until the next removes it.
        self.wait_for_line(READY, within=READY_WITHIN)
        return self.endpoints

    def wait_for_line(self, text: str, *, within: float = 30.0) -> None:
        """Wait until it has said `text`."""
        self.wait_until(lambda: text in self.output, f"said {text!r}", within=within)

    def wait_until(self, condition: Callable[[], bool], what: str, *, within: float) -> None:
        """Wait for a condition, seconds at most, while the launcher lives."""
        deadline = time.monotonic() + within
        while not condition():
            if self.process.poll() is not None:
                pytest.fail(f"devstack ended with {self.process.returncode}, not {what}:\n{self.output}")
            if time.monotonic() > deadline:
                pytest.fail(f"devstack not {what} within {within:g} s:\n{self.output}")
            time.sleep(POLL)

    def wait_until_gone(self, *, within: float) -> None:
        """Wait until none of its processes is left, after it has been killed."""
        deadline = time.monotonic() + within
        while left := self.processes():
            if time.monotonic() > deadline:
                pytest.fail(f"processes {left} of a killed devstack are left after {within:g} s")
            time.sleep(POLL)

    def processes(self) -> list[int]:
        """Processes that write to a file of the data directory: the launcher and all it started (Linux)."""
        return [int(process.name) for process in Path("/proc").iterdir() if self._is_ours(process)]

    def _is_ours(self, process: Path) -> bool:
        try:
            return process.name.isdigit() and (process / "fd/1").readlink().is_relative_to(self.data)
        except OSError:  # gone, or another user's
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; gives the exit code. Fails the test after 10 s."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            pytest.fail(f"devstack did not stop within {STOPS_WITHIN:g} s:\n{self.output}")

    def stop_cleanly(self) -> None:
        """Stop it; fails the test when it fails, or a part of it fails its stop."""
        assert self.stop() == 0, self.output
        assert "was killed" not in self.output, self.output
        assert "at the stop; see" not in self.output, self.output


LaunchDevstack = Callable[..., Devstack]


@contextmanager
def temporary_data() -> Iterator[Path]:
    """A data directory that also `nobody`, as whom root runs the servers, can enter."""
    path = Path(tempfile.mkdtemp(prefix="onasty-test-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def launched(data: Path, *arguments: str) -> Iterator[Devstack]:
    """A launcher on `data`, on a free port; it may not be ready yet. Killed when the block leaves it."""
    # In the data directory, so that `processes` counts the launcher in; one for each that follows.
    output = data / f"output-{len(list(data.glob('output-*.txt')))}.txt"
    with output.open("wb") as file:
        command = [sys.executable, "-P", "-m", "devstack", "--port", "0", "--data-dir", str(data)]
        process = subprocess.Popen([*command, *arguments], stdout=file, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        yield Devstack(process, data, output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                pytest.fail(f"devstack did not stop within {STOPS_WITHIN:g} s:\n{output.read_text()}")


@pytest.fixture
def launch_devstack() -> Iterator[LaunchDevstack]:
    """Start launchers: `launch_devstack("--only-servers", data=…)`, on a data directory of its own if none.

    Gives a `Devstack` at once; `wait_until_ready` waits. All are stopped after the test.
    """
    with ExitStack() as running:

        def launch(*arguments: str, data: Path | None = None) -> Devstack:
            folder = data or running.enter_context(temporary_data())
            return running.enter_context(launched(folder, *arguments))

        yield launch


@pytest.fixture
def data_directory() -> Iterator[Path]:
    """A data directory for launchers that follow each other."""
    with temporary_data() as path:
        yield path


@pytest.fixture(scope="session")
def servers() -> Iterator[Endpoints]:
    """NATS, PostgreSQL, Valkey and the mailbox, migrated and provisioned, for the whole session."""
    with temporary_data() as data, launched(data, "--only-servers") as devstack:
        yield devstack.wait_until_ready()
        devstack.stop_cleanly()
