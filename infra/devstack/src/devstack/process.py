"""Child processes that do not outlive this one."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devstack.account import Account
from devstack.errors import StackError

PR_SET_PDEATHSIG = 1
LAST_LINES = 15
LAST_GRACE = 0.5


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how to end it. Its output goes to the end of `log`, or to the terminal."""

    name: str
    argv: tuple[str, ...]
    log: Path | None
    env: Mapping[str, str]
    account: Account | None = None
    folder: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    # Sent by the kernel (Linux) when the launcher itself is killed, and to what does not stop in time.
    orphan_signal: signal.Signals = signal.SIGKILL

    def problem(self, text: str) -> StackError:
        """An error that says `text` of this program, and shows the end of its log."""
        if self.log is None:
            return StackError(f"{self.name} {text}.")
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        end = "\n".join(f"  {line}" for line in lines) or "  (it wrote nothing)"
        return StackError(f"{self.name} {text}. The end of {self.log}:\n{end}")


async def spawn(program: Program) -> Process:
    """Start it in a session of its own, so that Ctrl-C at the terminal reaches the launcher alone."""
    options: dict[str, Any] = {}
    if program.account:
        options = {"user": program.account.uid, "group": program.account.gid, "extra_groups": []}
    try:
        with program.log.open("ab") if program.log else contextlib.nullcontext() as log:
            return await asyncio.create_subprocess_exec(
                *program.argv,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT if log else None,
                env=program.env,
                cwd=program.folder,
                start_new_session=True,
                preexec_fn=_dies_with_parent(program.orphan_signal),
                **options,
            )
    except OSError as error:
        raise StackError(f"{program.name} cannot be started: {error}") from error


async def run(program: Program, *, within: float) -> None:
    """Run it to its end. Raises `StackError` with the end of its log on failure or after `within` seconds."""
    process = await spawn(program)
    try:
        async with asyncio.timeout(within):
            code = await process.wait()
    except TimeoutError:
        raise program.problem(f"did not end within {within:g} s") from None
    finally:
        await _end_all(process, program)
    if code != 0:
        raise program.problem(f"failed with code {code}")


async def _end_all(process: Process, program: Program) -> None:
    if process.returncode is None:
        await end(process, program, grace=1.0)
        # What it has started may still be at work: npm leaves its scripts behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def end(process: Process, program: Program, *, grace: float) -> bool:
    """Ask it to stop; kill it after `grace` seconds. Returns when it is gone: whether it went by itself."""
    if process.returncode is not None:
        return True
    if await _ends_after(program.stop_signal, process, within=grace):
        return True
    await _ends_after(program.orphan_signal, process, within=LAST_GRACE)
    # Its whole group. PostgreSQL's children are in groups of their own; they end when they miss it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    return False


async def _ends_after(number: signal.Signals, process: Process, *, within: float) -> bool:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        return False
    return True


def _dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What the child does before exec. None where the kernel offers nothing: there it may be orphaned."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    # Runs between fork and exec: nothing here may import, log or take a lock.
    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return arm
