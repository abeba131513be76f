"""Installs the web client's packages and builds it, where what lies there is not of its sources."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path

from devstack.environment import inherited
from devstack.errors import StackError
from devstack.process import Program, run
from devstack.repository import DEFAULT_DATA, WEB
from devstack.terminal import Say
from devstack.web.node import Node, find_node
from devstack.web.sources import WebSources

INSTALLED_WITHIN = 300.0
BUILT_WITHIN = 120.0
POLL = 0.1
# Scripts of packages do not run: the client needs none of them.
INSTALL = ("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund")


class WebClient:
    """The client in `folder`; `state` keeps a lock and the log of what was run last."""

    def __init__(self, say: Say, *, folder: Path = WEB, state: Path = DEFAULT_DATA) -> None:
        self._say = say
        self._sources = WebSources(folder)
        self._state = state
        self._log = state / "web.log"

    async def build(self) -> None:
        """Build it unless that is done; says so in one line. Raises `StackError`.

        Whoever comes while another builds waits for that; what was interrupted is done again.
        """
        if self._sources.is_built():
            return
        async with self._alone():
            made_of = self._sources.build()
            if self._sources.is_built():
                return
            node = await self._installed()
            self._say(f"{'web':<12} building the client")
            self._sources.build_mark.unlink(missing_ok=True)
            await self._npm(
                node, "run", "build", within=BUILT_WITHIN, advice="Mend what it names, and start again."
            )
            self._sources.build_mark.write_text(made_of)

    async def node(self) -> Node:
        """What runs its scripts, with its packages installed. Raises `StackError`."""
        async with self._alone():
            return await self._installed()

    async def _installed(self) -> Node:
        node = await find_node(self._log, self._say)
        if not self._sources.has_packages():
            made_of = self._sources.packages()
            self._say(f"{'web':<12} installing the client's packages")
            await self._npm(
                node,
                *INSTALL,
                within=INSTALLED_WITHIN,
                advice="It needs a registry that answers (npm ping). Then start again.",
            )
            self._sources.packages_mark.write_text(made_of)
        return node

    async def _npm(self, node: Node, *arguments: str, within: float, advice: str) -> None:
        self._log.write_text("")
        program = Program(
            name=" ".join(("npm", *(word for word in arguments if not word.startswith("-")))),
            argv=(*node.npm, *arguments),
            log=self._log,
            env=inherited() | {"PATH": node.path},
            folder=self._sources.folder,
        )
        try:
            await run(program, within=within)
        except StackError as error:
            raise StackError(f"The web client is not built. {error}\n{advice}") from None

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process at a time; the kernel lets go of the lock however its holder ends."""
        self._state.mkdir(parents=True, exist_ok=True)
        with (self._state / "web.lock").open("a") as lock:
            while not _locked(lock.fileno()):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(POLL)
            yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
