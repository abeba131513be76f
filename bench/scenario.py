"""Interleaved rounds on one stack: so many replicas, so many rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from bench import beside, database, load, pgbench
from bench.errors import BenchError
from bench.figures import Figures
from bench.options import Options
from bench.processes import cpu_seconds, memory_mib
from bench.stack import RunningStack

Scenario: TypeAlias = dict[str, Any]

WARM_UP_NOTES = 500
# Reveals may be faster than creates; should the notes run out all the same, twice as many are made.
NOTES_PER_CREATE_RATE = 1.6
PGBENCH_REVEALS_PER_INSERT = 0.6


@dataclass(slots=True)
class _Rounds:
    """The measurements of one scenario, and the best rates so far."""

    stack: RunningStack
    options: Options
    say: Callable[[str], None]

    def measured(self, work: Callable[[], Figures]) -> Figures:
        """With the CPU that each process used for a request. Raises `BenchError` when none succeeded."""
        pids = self.stack.endpoints.pids
        before = cpu_seconds(pids)
        figures = work()
        after = cpu_seconds(pids)
        if not figures.requests:
            raise BenchError(f"no request succeeded, {figures.errors} failed: there is nothing to measure")
        used = {name: 1e6 * (after[name] - before[name]) / figures.requests for name in pids}
        return replace(figures, cpu={name: round(value, 1) for name, value in used.items()})

    def create(self, number: int, best: float) -> dict[str, Figures]:
        stack, options = self.stack, self.options
        closed = self.measured(lambda: load.closed(stack, options))
        limit = self.measured(lambda: pgbench.insert(stack, options))
        rate = options.open_share * max(best, closed.rate)
        seed = options.seed + number
        opened = self.measured(lambda: load.open_loop(stack, options, rate=rate, seed=seed))
        return {"closed": closed, "pgbench": limit, "open": opened}

    def closed_reveal(self, notes: int) -> Figures:
        slugs = load.make_notes(self.stack, notes, "closed", told=self.options.told)
        try:
            return self.measured(lambda: load.closed(self.stack, self.options, slugs))
        except load.TooFewNotesError:
            return self.closed_reveal(2 * notes)

    def reveal(self, number: int, best: float, create: dict[str, Figures], tag: str) -> dict[str, Figures]:
        stack, options = self.stack, self.options
        many = round(NOTES_PER_CREATE_RATE * create["closed"].rate * options.seconds) + options.connections
        closed = self.closed_reveal(many)
        prefix = f"pgbench-{tag}-"
        expected = PGBENCH_REVEALS_PER_INSERT * create["pgbench"].rate
        each = pgbench.make_rows(stack, options, prefix=prefix, expected_rate=expected)
        limit = self.measured(lambda: pgbench.reveal(stack, options, prefix=prefix, each=each))
        pgbench.require_all_read(stack, prefix)
        rate = options.open_share * max(best, closed.rate)
        seed = options.seed + number

        def opened() -> Figures:
            # A tenth more, for the arrivals are random.
            many = round(1.1 * rate * options.seconds) + 100
            slugs = load.make_notes(stack, many, "open", told=options.told)
            return self.measured(lambda: load.open_loop(stack, options, rate=rate, seed=seed, slugs=slugs))

        ways = {"closed": closed, "pgbench": limit, "open": opened()}
        if options.beside is not None:
            with beside.going_on(options.beside, stack):
                ways[f"beside {options.beside}"] = opened()
        return ways


def measure(
    stack: RunningStack, options: Options, *, replicas: int, rows: int, say: Callable[[str], None]
) -> Scenario:
    """Fill the table, warm up, run the rounds. Raises `BenchError`."""
    rounds = _Rounds(stack, options, say)
    before = memory_mib(stack.endpoints.pids)
    if rows:
        say(f"filling the table with {rows} rows")
        database.fill(stack.database, rows)
        database.settle(stack.database, stack.endpoints.postgres["admin"])
    load.make_notes(stack, WARM_UP_NOTES, "warm-up", told=options.told)
    results: dict[str, list[dict[str, Figures]]] = {"create": [], "reveal": []}
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        best = {
            kind: max((one["closed"].rate for one in done), default=0.0) for kind, done in results.items()
        }
        create = rounds.create(number, best["create"])
        reveal = rounds.reveal(number, best["reveal"], create, tag=f"{replicas}-{rows}-{number}")
        results["create"].append(create)
        results["reveal"].append(reveal)
    return {
        "replicas": replicas,
        "rows": rows,
        "generator": load.generator_name(options.generator),
        "memory_mib": {"before": before, "after": memory_mib(stack.endpoints.pids)},
        "rounds": {
            kind: [
                {way: {**asdict(figures), "rate": figures.rate} for way, figures in one.items()}
                for one in done
            ]
            for kind, done in results.items()
        },
    }
