"""As whom the servers run, where their data lies, and whether they can reach it.

For a normal user: as that user, in the data directory. PostgreSQL refuses to run as root, so for root
the three servers run as `nobody`; where nobody cannot enter the data directory (say, under /root), their
data lies under /var/tmp instead.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from devstack.data_directory import DataDirectory
from devstack.errors import StackError
from devstack.leftovers import remove, remove_rest
from devstack.terminal import Say

OUTSIDE = Path("/var/tmp")  # noqa: S108 - survives a reboot; ownership is checked in `_owned_folder`


@dataclass(frozen=True, slots=True)
class Account:
    """A user that the servers run as."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True, slots=True)
class ServersHome:
    """The folder of the servers' data, closed to everybody but `account` (None: the user of this process)."""

    path: Path
    account: Account | None

    @property
    def owner(self) -> tuple[int, int] | None:
        return (self.account.uid, self.account.gid) if self.account else None

    def folder(self, name: str) -> Path:
        """A folder in it, made if need be."""
        folder = self.path / name
        _owned_folder(folder, self.account)
        return folder


def servers_home(data: DataDirectory, *, fresh: bool, say: Say) -> ServersHome:
    """Choose and make it; the same one at every start. `fresh`: emptied. Raises `StackError`."""
    account = _account()
    # A function of the path, so that the next start finds the data again.
    outside = OUTSIDE / f"onasty-{hashlib.sha256(os.fsencode(data.path)).hexdigest()[:12]}"
    if account:
        clean = remove if fresh else remove_rest
        clean(outside, check=lambda path: _owned_folder(path, account))
    for path in (data.servers, outside):
        if os.access(path / "postgres" / "data", os.F_OK) and not data.passwords.exists():
            raise StackError(
                f"{data.passwords} is gone, and with it the way into {path}. Start empty: --fresh"
            )
    if account is None or can_enter(data.path, account):
        path = data.servers
    elif data.servers.exists():
        raise StackError(
            f"{account.name} could enter {data.path} once and cannot any more: chmod o+x its parents."
        )
    else:
        path = outside
        say(f"The servers run as {account.name}, who cannot enter {data.path}: their data is in {path}")
    _owned_folder(path, account)
    return ServersHome(path, account)


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def can_enter(path: Path, account: Account) -> bool:
    """May `account` pass through every folder down to and including `path`? ACLs are not looked at."""
    return all(
        mode.st_mode & (stat.S_IXUSR if mode.st_uid == account.uid else stat.S_IXOTH)
        for mode in (folder.stat() for folder in (path, *path.parents))
    )


def _owned_folder(path: Path, account: Account | None) -> None:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account:
            os.chown(path, account.uid, account.gid)
    found = path.lstat()
    uid = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
        name = account.name if account else "this user"
        raise StackError(
            f"{path} is not a closed folder of {name}. Another user started a devstack here before: "
            "start as that user, choose another --data-dir, or remove it."
        )
