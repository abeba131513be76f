"""A child that is started again whenever it ends."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable

from devstack.errors import StackError
from devstack.process import Program, end, spawn
from devstack.terminal import Say

READY_WITHIN = 30.0
POLL = 0.03
FIRST_DELAY, LONGEST_DELAY = 0.1, 1.0
# A child that lived this long has recovered: the next delay is the first again.
HEALTHY_AFTER = 10.0
GRACE = 5.0


class Supervised:
    """One program and its process.

    `start` returns when it is ready for the first time. From then until `stop`, it is started again when
    it ends, on the same port, after a delay that grows to 1 s; each end and return is a line to `say`.
    `keeper` is the task that does so; it ends by failure alone, with a `StackError`.
    """

    def __init__(
        self,
        program: Program,
        ready: Callable[[int], Awaitable[bool]],
        *,
        address: str,
        say: Say,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """`ready` is asked with the process id until it says yes; `prepare` runs before every start."""
        self.program = program
        self._ready = ready
        self._prepare = prepare
        self._address = address
        self._say = say
        self._changed: Callable[[], None] = lambda: None
        self._process: Process | None = None
        self.keeper: asyncio.Task[None] | None = None
        self._restart = asyncio.Event()

    @property
    def pid(self) -> int:
        """Of the latest process; 0 before the first."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Raises `StackError` with the end of its log when it ends, or is not ready within 30 s."""
        process = await self._attempt()
        self._tell(f"ready  {self._address}")
        self.keeper = asyncio.create_task(self._keep(process), name=f"keep {self.program.name}")

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever it runs as a new process."""
        self._changed = changed

    def restart(self) -> None:
        """Stop it and start it again, at once even if it is waiting for its next start."""
        self._restart.set()

    async def leave(self) -> None:
        """Do not start it again."""
        if self.keeper:
            self.keeper.cancel()
            await asyncio.wait([self.keeper])

    async def stop(self, *, grace: float) -> None:
        """Stop it, killing it after `grace` seconds, and do not start it again."""
        await self.leave()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if not await end(process, self.program, grace=grace):
            self._tell(f"did not stop within {grace:.1f} s and was killed; see {self.program.log}")
        elif process.returncode not in {0, -self.program.stop_signal}:
            self._tell(f"ended with {_cause(process.returncode)} at the stop; see {self.program.log}")

    async def _attempt(self) -> Process:
        """Start it and wait until it is ready, or until a restart is wanted."""
        self._prepare()
        process = self._process = await spawn(self.program)
        problem = f"was not ready within {READY_WITHIN:g} s"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN):
                while process.returncode is None:
                    if self._restart.is_set() or await self._ready(process.pid):
                        return process
                    await asyncio.sleep(POLL)
                problem = f"ended with {_cause(process.returncode)} before it was ready"
        await end(process, self.program, grace=GRACE)
        raise self.program.problem(problem)

    async def _keep(self, process: Process) -> None:
        clock = asyncio.get_running_loop().time
        delay = FIRST_DELAY
        while True:
            started = clock()
            await self._ended_or_restart(process)
            if self._restart.is_set() or clock() - started > HEALTHY_AFTER:
                delay = FIRST_DELAY
            if self._restart.is_set():
                await end(process, self.program, grace=GRACE)
            else:
                self._tell(f"ended with {_cause(process.returncode)}; starting it again")
                await self._pause(delay)
                delay = min(2 * delay, LONGEST_DELAY)
            try:
                process, delay = await self._until_ready_again(delay)
            except OSError as error:
                raise StackError(f"{self.program.name} cannot be kept running: {error}") from error

    async def _until_ready_again(self, delay: float) -> tuple[Process, float]:
        while True:
            self._restart.clear()
            try:
                process = await self._attempt()
            except StackError:
                self._tell(f"did not come back, trying again; see {self.program.log}")
                await self._pause(delay)
                delay = min(2 * delay, LONGEST_DELAY)
            else:
                # Before it is said: who reads that looks for the new process.
                self._changed()
                if not self._restart.is_set():
                    self._tell(f"ready again  {self._address}")
                return process, delay

    async def _ended_or_restart(self, process: Process) -> None:
        waits = [asyncio.create_task(process.wait()), asyncio.create_task(self._restart.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._restart.wait()

    def _tell(self, text: str) -> None:
        self._say(f"{self.program.name:<12} {text}".rstrip())


def _cause(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"code {code}"
