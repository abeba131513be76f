"""The data directory: what lies where in it, one devstack at a time, and starting empty."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackError
from devstack.leftovers import remove, remove_rest

OURS = (
    "endpoints.json",
    "passwords.json",
    "servers",
    "servers.old",
    "servers-bin",
    "logs",
    "mailbox",
)


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Paths under one data directory. Anything else that lies there is left alone."""

    path: Path

    @property
    def lock(self) -> Path:
        return self.path / "devstack.lock"

    @property
    def endpoints(self) -> Path:
        return self.path / "endpoints.json"

    @property
    def passwords(self) -> Path:
        return self.path / "passwords.json"

    @property
    def servers(self) -> Path:
        return self.path / "servers"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def mailbox(self) -> Path:
        return self.path / "mailbox"

    def in_use(self) -> bool:
        """Whether a devstack holds it."""
        try:
            with self.lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        return False

    def log(self, name: str) -> Path:
        """A new log for this run; that of the run before is kept beside it, as `<name>.log.1`."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_name(f"{log.name}.1"))
        log.touch()
        return log

    def clear(self) -> None:
        """Remove everything that a devstack has kept here."""
        remove(self.servers)
        for folder in (self.logs, self.mailbox):
            if folder.exists():
                shutil.rmtree(folder)
        for file in (self.endpoints, self.passwords):
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path, *, fresh: bool) -> Iterator[DataDirectory]:
    """Hold the data directory, made if need be and emptied if `fresh`, until the block ends.

    Raises `StackError` when another devstack holds it. The kernel lets go of it however this process ends.
    """
    data = DataDirectory(path.resolve())
    with _usable(data.path):
        if not data.path.exists():
            data.path.mkdir(parents=True)
            # Servers that root starts run as nobody, who must get through; each folder inside is closed.
            data.path.chmod(0o755)
        _refuse_foreign(data)
        lock = os.open(data.lock, os.O_RDWR | os.O_CREAT, 0o600)
    with _locked(lock, data.path):
        with _usable(data.path):
            data.endpoints.unlink(missing_ok=True)
            remove_rest(data.servers)
            if fresh:
                data.clear()
            for folder in (data.logs, data.mailbox):
                folder.mkdir(mode=0o700, exist_ok=True)
        yield data


@contextlib.contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(
            f"{path} cannot be used: {error.strerror}: {error.filename}. "
            "Choose another --data-dir, or start as the user that it belongs to."
        ) from None


def _refuse_foreign(data: DataDirectory) -> None:
    # These names are written anew or deleted: never in a folder that was not ours before.
    if data.lock.exists():
        return
    for name in OURS:
        if os.path.lexists(data.path / name):
            raise StackError(
                f"{data.path / name} exists and is not of a devstack. Choose another --data-dir."
            )


@contextlib.contextmanager
def _locked(descriptor: int, path: Path) -> Iterator[None]:
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"{path} is in use by another devstack, process {file.read().strip() or 'unknown'}. "
                "Stop it first, or choose another --data-dir."
            ) from None
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
