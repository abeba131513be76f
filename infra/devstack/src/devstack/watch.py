"""For `--dev`: the services' logs at the terminal, and a new start when their source changes.

Imported only then: watchfiles is in the dependency group `dev`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from watchfiles import PythonFilter, awatch

from devstack.repository import sources
from devstack.services import Replica
from devstack.supervised import Supervised
from devstack.terminal import Say

SHARED = frozenset({"contracts", "chassis"})
POLL = 0.1


@asynccontextmanager
async def watched(services: Mapping[Replica, Supervised], say: Say) -> AsyncIterator[None]:
    """Until the block ends, show what the services log, and restart those whose source changes."""
    tasks = [asyncio.create_task(_restart_on_change(services), name="watch sources")]
    tasks += [
        asyncio.create_task(_follow(program.log, program.name, say), name=f"follow {program.name}")
        for program in (process.program for process in services.values())
        if program.log
    ]
    for task in tasks:
        task.add_done_callback(lambda ended: _tell_of_failure(ended, say))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _tell_of_failure(task: asyncio.Task[None], say: Say) -> None:
    if not task.cancelled() and (error := task.exception()):
        say(f"{'dev':<12} does not {task.get_name()} any more: {error!r}")


async def _restart_on_change(services: Mapping[Replica, Supervised]) -> None:
    folders = {name: sources(name) for name in {*SHARED, *(replica.service for replica in services)}}
    async for changes in awatch(*folders.values(), watch_filter=PythonFilter()):
        changed = {
            name
            for name, folder in folders.items()
            if any(Path(path).is_relative_to(folder) for _, path in changes)
        }
        for replica, process in services.items():
            if replica.service in changed or changed & SHARED:
                process.restart()


async def _follow(log: Path, name: str, say: Say) -> None:
    with log.open(errors="replace") as lines:
        rest = ""
        while True:
            rest += lines.read()
            *whole, rest = rest.split("\n")
            for line in whole:
                say(f"{name:<12} | {line}")
            await asyncio.sleep(POLL)
