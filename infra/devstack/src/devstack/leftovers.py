"""What a launcher that was killed has left behind: processes for a moment, and folders half removed."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from devstack.errors import StackError

LEFTOVERS_WITHIN = 10.0
POLL = 0.05


def working_in(folder: Path) -> list[int]:
    """Processes of PostgreSQL on a cluster in `folder`: it is the working directory of every one (Linux)."""
    if sys.platform != "linux":
        return []
    return [int(entry.name) for entry in Path("/proc").iterdir() if _works_in(entry, folder)]


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return process.name.isdigit() and (process / "cwd").readlink().is_relative_to(folder)
    except OSError:  # gone, or another user's
        return False


def remove(folder: Path, *, check: Callable[[Path], None] = lambda _: None) -> None:
    """Remove the data of servers, wholly or not at all: what is cut off, `remove_rest` ends."""
    remove_rest(folder, check=check)
    if os.path.lexists(folder):
        check(folder)
        folder.rename(_old(folder))
        remove_rest(folder, check=check)


def remove_rest(folder: Path, *, check: Callable[[Path], None] = lambda _: None) -> None:
    """Raises `StackError` when somebody still works there after 10 s; `check` may refuse, too."""
    old = _old(folder)
    if not os.path.lexists(old):
        return
    check(old)
    deadline = time.monotonic() + LEFTOVERS_WITHIN
    while left := working_in(old):
        if time.monotonic() > deadline:
            raise still_there(old, left)
        time.sleep(POLL)
    shutil.rmtree(old)


def still_there(folder: Path, pids: list[int]) -> StackError:
    return StackError(f"PostgreSQL of an earlier run still works on {folder}: {', '.join(map(str, pids))}")


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
