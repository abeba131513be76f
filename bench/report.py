"""A scenario as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.figures import Spread
from bench.scenario import Scenario

# In the order of a request's way; whatever else runs comes after.
ORDER = ("gateway", "nats", "notes", "postgres")


def table(scenario: Scenario) -> str:
    """Medians over the rounds, with the extremes where they matter."""
    about = (
        f"\n{scenario['replicas']} x notes, {scenario['rows']} rows before, "
        f"{len(scenario['rounds']['create'])} rounds, closed loop by {scenario['generator']}"
    )
    columns = ("requests/s (min..max)", "p50 ms", "p99 ms (min..max)", "errors")
    head = "{:18}{:>26}{:>9}{:>24}{:>8}  CPU us per request".format("", *columns)
    lines = [about, head]
    for kind, rounds in scenario["rounds"].items():
        lines += [_row(f"{kind} {way}", [one[way] for one in rounds]) for way in rounds[0]]
        ratios = [one["closed"]["rate"] / one["pgbench"]["rate"] for one in rounds]
        ratio = Spread.of(ratios)
        lines.append(
            f"{kind} closed / pgbench, same round: {ratio.median:.2f} ({ratio.low:.2f}..{ratio.high:.2f})"
        )
    memory = scenario["memory_mib"]
    for when, values in memory.items():
        parts = [f"{name} {'+'.join(f'{one:.0f}' for one in values[name])}" for name in _ordered(values)]
        lines.append(f"resident MiB {when}: {', '.join(parts)}")
    return "\n".join(lines)


def _row(name: str, figures: Sequence[dict[str, Any]]) -> str:
    rate = Spread.of([one["rate"] for one in figures])
    p50 = Spread.of([one["p50"] for one in figures])
    p99 = Spread.of([one["p99"] for one in figures])
    rates = f"{rate.median:,.0f} ({rate.low:,.0f}..{rate.high:,.0f})"
    tails = f"{p99.median:.1f} ({p99.low:.1f}..{p99.high:.1f})"
    late = [one["late_p99"] for one in figures if one["late_p99"] is not None]
    note = f"  generator late p99 {Spread.of(late).median:.1f} ms" if late else ""
    errors = sum(one["errors"] for one in figures)
    return f"{name:18}{rates:>26}{p50.median:>9.1f}{tails:>24}{errors:>8}  {_cpu(figures)}{note}"


def _cpu(figures: Sequence[dict[str, Any]]) -> str:
    medians = {
        name: Spread.of([one["cpu"][name] for one in figures]).median for name in _ordered(figures[0]["cpu"])
    }
    shown = [f"{name} {value:.0f}" for name, value in medians.items() if value >= 1]
    return f"{' · '.join(shown)} · all {sum(medians.values()):.0f}"


def _ordered(names: dict[str, Any]) -> list[str]:
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
