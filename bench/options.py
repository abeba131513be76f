"""The command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BESIDE = ("idle", "sign-ins")
DESCRIPTION = """\
Starts a stack of its own in a temporary folder, and measures in interleaved rounds

  create   POST /api/v1/note with a text of 1 KB
  reveal   POST /api/v1/note/{slug}/view, each note once; the notes are made before, unmeasured

each of them
  closed   by 64 connections that ask again as soon as they are answered (wrk, or a generator of our own)
  pgbench  as one-row statements by 64 clients, on the same PostgreSQL
  open     at a fixed rate below the best, arrivals fixed in advance, latency from the intended start

Everything runs on this machine, the generators too: numbers of different machines, or of a machine that
does something else as well, do not compare. Ratios within a round do. docs/benchmarks.md says more.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    rounds: int
    seconds: float
    replicas: tuple[int, ...]
    rows: tuple[int, ...]
    connections: int
    generator: str
    open_share: float
    open_connections: int
    arrivals: str
    seed: int
    pin: int | None
    claim: bool
    told: bool
    beside: str | None
    json: Path | None

    def scenarios(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """For each number of replicas the rows, ascending: all for the first, the fewest for the others."""
        rows = tuple(sorted(self.rows))
        for number, replicas in enumerate(self.replicas):
            yield replicas, rows if number == 0 else rows[:1]

    def described(self) -> dict[str, Any]:
        """For the JSON report."""
        return {name: value for name, value in asdict(self).items() if name != "json"}


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; a mistake ends the process with an explanation."""
    parser = argparse.ArgumentParser(
        prog="./task bench --",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a short round of everything, in under a minute: shows that it works, and not much more",
    )
    parser.add_argument("--rounds", type=_count, metavar="N", help="interleaved rounds (default: 5)")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="of each measurement in a round (default: 5)"
    )
    parser.add_argument(
        "--replicas",
        type=_count,
        nargs="+",
        metavar="N",
        help="notes processes, each a scenario: the first with all --rows, more with the fewest (default: 1)",
    )
    parser.add_argument(
        "--rows",
        type=_rows,
        nargs="+",
        metavar="N",
        help="notes that are in the table before, each a scenario (default: 0); 1000000 take about 1.5 GB",
    )
    parser.add_argument(
        "--connections", type=_count, default=64, metavar="N", help="connections and clients (default: 64)"
    )
    parser.add_argument(
        "--generator",
        choices=("auto", "wrk", "own"),
        default="auto",
        help="of the closed loop (default: wrk if it is installed; Debian: apt install wrk)",
    )
    parser.add_argument(
        "--open-share",
        type=float,
        default=0.7,
        metavar="X",
        help="rate of the open loop, as a share of the best closed-loop rate so far (default: 0.7)",
    )
    parser.add_argument(
        "--open-connections",
        type=_count,
        default=256,
        metavar="N",
        help="at most; who finds none free waits, and that counts (default: 256)",
    )
    parser.add_argument("--arrivals", choices=("poisson", "uniform"), default="poisson")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the arrivals (default: 1)")
    parser.add_argument(
        "--pin",
        type=int,
        default=(os.cpu_count() or 1) - 1,
        metavar="CPU",
        help="where our own generator runs; -1 leaves it to the kernel (default: the last)",
    )
    parser.add_argument("--claim", action="store_true", help="reveal with a claim in the body")
    parser.add_argument(
        "--told", action="store_true", help="notes with a manage token: each create and reveal is an event"
    )
    parser.add_argument(
        "--beside",
        choices=BESIDE,
        help="measure the reveals of the open loop once more, in the same round, beside 1,000 connections "
        "that are idle or never end their head, or beside 20 sign-ins a second",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything there")
    values = parser.parse_args(arguments)
    quick = values.quick
    return Options(
        rounds=values.rounds or (1 if quick else 5),
        seconds=values.seconds or (1.0 if quick else 5.0),
        replicas=tuple(values.replicas or ((1, 2) if quick else (1,))),
        rows=tuple(values.rows or ((0, 20_000) if quick else (0,))),
        connections=values.connections,
        generator=values.generator,
        open_share=values.open_share,
        open_connections=values.open_connections,
        arrivals=values.arrivals,
        seed=values.seed,
        pin=values.pin if values.pin >= 0 else None,
        claim=values.claim,
        told=values.told,
        beside=values.beside,
        json=values.json,
    )


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _rows(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
