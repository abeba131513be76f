"""Small files for the user alone, which survive a crash."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

# Seconds, of which milliseconds are needed.
UNNAMED_FOR = 600.0


class LockedFile:
    """A file that this process, and no other, works with until it is closed or the process ends.

    Only for what `create` makes: each content is written whole before the file has its name.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def create(cls, path: Path, text: str) -> LockedFile:
        """On disk, mode 0600 and locked when this returns. Raises `OSError`."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in path.parent.glob(".*"):  # by whoever was killed below
            if is_older(left, UNNAMED_FOR):
                drop(left)
        unnamed = path.with_name(f".{secrets.token_hex(8)}")
        descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _write_all(descriptor, text.encode())
            os.fsync(descriptor)
            unnamed.rename(path)
            sync_folder(path.parent)
        except BaseException:
            os.close(descriptor)
            unnamed.unlink(missing_ok=True)
            raise
        return cls(path, descriptor)

    @classmethod
    def take(cls, path: Path) -> LockedFile | None:
        """None when another process has it, or it is gone."""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink == 0:  # its holder removed it meanwhile
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def touch(self) -> None:
        """Counts as changed now."""
        os.utime(self._descriptor)

    def is_older(self, seconds: float) -> bool:
        return _is_older(os.fstat(self._descriptor), seconds)

    def text(self) -> str:
        return os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0).decode()

    def remove(self) -> None:
        """Gone, if the folder lets it go, and no longer locked."""
        drop(self._path)
        self.close()

    def close(self) -> None:
        """It stays, for whoever takes it next."""
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):
            os.close(descriptor)


def drop(path: Path) -> None:
    """Gone, if the folder lets it go: what nobody needs any more may as well stay."""
    with suppress(OSError):
        path.unlink()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def is_older(path: Path, seconds: float) -> bool:
    """Whether nobody changed it for that long; False when it is gone."""
    try:
        return _is_older(path.stat(), seconds)
    except OSError:
        return False


def _is_older(status: os.stat_result, seconds: float) -> bool:
    return time.time() - status.st_mtime > seconds


def sync_folder(folder: Path) -> None:
    """The names in it are on disk when this returns. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
