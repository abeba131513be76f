"""CPU time and memory of the stack's processes, from /proc (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

POSTGRES = "postgres"
MIB = 1024
# Fields of /proc/PID/stat after the name in parentheses: ppid, then times in ticks (proc_pid_stat(5)).
_PPID, _UTIME, _CUTIME = 1, 11, 13


def cpu_seconds(pids: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Used so far, by name. PostgreSQL's includes its children, those that have ended too."""
    tick = os.sysconf("SC_CLK_TCK")
    return {name: sum(map(_ticks, _with_children(name, group))) / tick for name, group in pids.items()}


def postgres_processes(pids: Mapping[str, Sequence[int]]) -> int:
    """How many PostgreSQL has now."""
    return len(list(_with_children(POSTGRES, pids[POSTGRES])))


def memory_mib(pids: Mapping[str, Sequence[int]]) -> dict[str, list[float]]:
    """Resident, of each process. Of PostgreSQL one number, its shared memory counted once."""
    return {
        name: [round(sum(_proportional(pid) for pid in _with_children(name, group)), 1)]
        if name == POSTGRES
        else [round(_resident(pid), 1) for pid in group]
        for name, group in pids.items()
    }


def _with_children(name: str, pids: Sequence[int]) -> Iterator[int]:
    yield from pids
    if name == POSTGRES:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                fields = _stat(int(entry.name))
                if fields and int(fields[_PPID]) in pids:
                    yield int(entry.name)


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # gone
        return []


def _ticks(pid: int) -> int:
    # Own user and system time, then those of children that it has waited for.
    return sum(map(int, _stat(pid)[_UTIME : _CUTIME + 2]))


def _resident(pid: int) -> float:
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:") / MIB


def _proportional(pid: int) -> float:
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / MIB


def _kib(file: Path, name: str) -> int:
    try:
        lines = file.read_text().splitlines()
    except OSError:  # gone, or another user's
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
