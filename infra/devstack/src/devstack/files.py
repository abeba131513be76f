"""Writing files so that no reader sees half of one, also after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, owner: tuple[int, int] | None = None) -> None:
    """Replace `path` by `content`, readable and writable by its owner alone (`owner`: uid, gid)."""
    new = path.with_name(f"{path.name}.new")
    # O_NOFOLLOW: the folder may belong to another user, who must not aim this elsewhere.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(descriptor)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
