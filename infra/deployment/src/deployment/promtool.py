"""Finds promtool, which checks and tests rules: this machine's, or that of Debian's package, unpacked.

Unpacked and not installed, for the package would start a Prometheus.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from devstack.repository import DEFAULT_DATA

UNPACKED = DEFAULT_DATA / "promtool"
NONE = (
    "There is no promtool, and none could be had. Debian and Ubuntu: apt install prometheus; "
    "elsewhere put the promtool of prometheus.io on the PATH."
)


class NoPromtoolError(Exception):
    """There is none; the text says what to do."""


def promtool() -> Path:
    """Where it lies; it is fetched if need be, once. Raises `NoPromtoolError`."""
    found = shutil.which("promtool") or shutil.which(UNPACKED)
    if found:
        return Path(found)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise NoPromtoolError(NONE)
    UNPACKED.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as folder:
        # Without lists of packages there is nothing to be found; only root may fetch those.
        fetched = _download(folder) or (os.geteuid() == 0 and _run("apt-get", "update") and _download(folder))
        packages = list(Path(folder).glob("*.deb"))
        if not fetched or not packages or not _run("dpkg-deb", "--extract", str(packages[0]), folder):
            raise NoPromtoolError(NONE)
        (Path(folder) / "usr" / "bin" / "promtool").replace(UNPACKED)
    return UNPACKED


def _download(folder: str) -> bool:
    return _run("apt-get", "download", "prometheus", folder=folder)


def _run(*command: str, folder: str | None = None) -> bool:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0  # noqa: S603
