"""The devstack as a child process: started, waited for, stopped. For tests and tools."""

from __future__ import annotations

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
from typing import Any

from devstack.endpoints import Endpoints
from devstack.errors import StackError

READY = "(Ctrl-C stops "  # in the last line of a start
READY_WITHIN = 60.0
STOPS_WITHIN = 10.0
POLL = 0.05


@dataclass(frozen=True, slots=True)
class Devstack:
    """A launcher that runs as a child of this process. Where it fails, `StackError` has its own words."""

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
        """Raises `StackError` when it ends instead."""
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
                raise StackError(f"devstack ended with {self.process.returncode}, not {what}:\n{self.output}")
            if time.monotonic() > deadline:
                raise StackError(f"devstack not {what} within {within:g} s:\n{self.output}")
            time.sleep(POLL)

    def wait_until_gone(self, *, within: float) -> None:
        """Wait until none of its processes is left, after it has been killed."""
        deadline = time.monotonic() + within
        while left := self.processes():
            if time.monotonic() > deadline:
                raise StackError(f"processes {left} of a killed devstack are left after {within:g} s")
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
        """Signal it and wait for its end; gives the exit code. Raises `StackError` after 10 s."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            raise StackError(f"devstack did not stop within {STOPS_WITHIN:g} s:\n{self.output}") from None

    def stop_cleanly(self) -> None:
        """Stop it; raises `StackError` when it fails, or a part of it fails its stop."""
        code, said = self.stop(), self.output
        if code != 0 or "was killed" in said or "at the stop; see" in said:
            raise StackError(f"devstack did not stop cleanly, and ended with {code}:\n{said}")


@contextmanager
def temporary_data() -> Iterator[Path]:
    """A data directory that also `nobody`, as whom root runs the servers, can enter."""
    path = Path(tempfile.mkdtemp(prefix="onasty-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def launched(data: Path, *arguments: str, **options: Any) -> Iterator[Devstack]:
    """A launcher on `data`, on a free port; it may not be ready yet. Stopped when the block leaves it.

    `options` are those of `subprocess.Popen`. Raises `StackError` when it does not stop, and kills it.
    """
    # In the data directory, so that `processes` counts the launcher in; one for each that follows.
    output = data / f"output-{len(list(data.glob('output-*.txt')))}.txt"
    with output.open("wb") as file:
        command = [sys.executable, "-P", "-m", "devstack", "--port", "0", "--data-dir", str(data)]
        process = subprocess.Popen(  # noqa: S603
            [*command, *arguments], stdout=file, stderr=subprocess.STDOUT, **options
        )
    devstack = Devstack(process, data, output)
    try:
        yield devstack
    finally:
        try:
            if process.poll() is None:
                devstack.stop()
        finally:
            process.kill()
            process.wait()
