"""`python -m bench`."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from bench.errors import BenchError
from bench.machine import machine
from bench.options import Options, parse
from bench.report import table
from bench.scenario import Scenario, measure
from bench.stack import running
from devstack.errors import StackError


def main() -> None:
    """Measure every scenario and print it. Exit code 1 with a message when something does not work."""
    options = parse()
    # As Ctrl-C: so that the stack is stopped, whoever ends us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _measure(options)
    except (BenchError, StackError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _measure(options: Options) -> None:
    scenarios: list[Scenario] = []
    report = {"machine": machine(), "options": options.described(), "scenarios": scenarios}
    for replicas, sizes in options.scenarios():
        with running(replicas, say=_say) as stack:
            for rows in sizes:
                scenario = measure(stack, options, replicas=replicas, rows=rows, say=_say)
                scenarios.append(scenario)
                # After each: a later one that fails takes nothing along.
                _write(options.json, report)
                sys.stdout.write(table(scenario) + "\n")
                sys.stdout.flush()


def _write(path: Path | None, values: object) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=2) + "\n")


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
