"""What a process was built of."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

# Written by infra/docker/Dockerfile: a checksum of the sources.
REVISION = "revision"


def built_version(prefix: str = sys.prefix) -> str:
    """The version, and in an image the checksum of its sources as well: `0.1.0+1a2b3c4d5e6f`."""
    try:
        revision = (Path(prefix) / REVISION).read_text().strip()
    except FileNotFoundError:
        revision = ""
    return "+".join(filter(None, (version("onasty-chassis"), revision)))
