"""Load on the API, by wrk or by our own generator, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from bench.errors import BenchError
from bench.figures import Figures
from bench.generator import Job
from bench.options import Options
from bench.requests import create_body
from bench.stack import RunningStack
from devstack.repository import ROOT

SCRIPT = Path(__file__).with_name("load.lua")
PREPARING_CONNECTIONS = 64


class TooFewNotesError(Exception):
    """All notes were read before the time was over; what was measured is no rate."""


def closed(stack: RunningStack, options: Options, slugs: Path | None = None) -> Figures:
    """As fast as `options.connections` are answered: creates, or reveals of the notes in `slugs`.

    Raises `TooFewNotesError`.
    """
    wrk = _wrk(options.generator)
    if wrk:
        return _wrk_figures(wrk, stack, options, slugs)
    return _own(
        Job(
            host=stack.host,
            port=stack.port,
            connections=options.connections,
            seconds=options.seconds,
            slugs=str(slugs) if slugs else None,
            claim=options.claim,
            told=options.told,
            pin=options.pin,
        )
    )


def open_loop(
    stack: RunningStack, options: Options, *, rate: float, seed: int, slugs: Path | None = None
) -> Figures:
    """At `rate`, whatever the answers; latency counts from when a request was meant to start."""
    return _own(
        Job(
            host=stack.host,
            port=stack.port,
            connections=options.open_connections,
            seconds=options.seconds,
            rate=rate,
            arrivals=options.arrivals,
            seed=seed,
            slugs=str(slugs) if slugs else None,
            claim=options.claim,
            told=options.told,
            pin=options.pin,
        )
    )


def make_notes(stack: RunningStack, count: int, name: str, *, told: bool) -> Path:
    """Make notes through the API, unmeasured; gives the file of their slugs. Raises `BenchError`."""
    made = stack.folder / name
    job = Job(
        host=stack.host,
        port=stack.port,
        connections=PREPARING_CONNECTIONS,
        count=count,
        told=told,
        made=str(made),
    )
    figures = _own(job)
    if figures.errors or figures.requests != count:
        raise BenchError(
            f"only {figures.requests} of {count} notes could be made, {figures.errors} were refused"
        )
    return made


def generator_name(choice: str) -> str:
    """Which one drives the closed loop."""
    return "wrk" if _wrk(choice) else "own"


def _wrk(choice: str) -> str | None:
    found = None if choice == "own" else shutil.which("wrk")
    if choice == "wrk" and not found:
        raise BenchError("wrk is not installed. Debian: apt install wrk; or --generator own")
    return found


def _own(job: Job) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", "bench.generator"],
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode != 0:
        raise BenchError(f"the generator failed:\n{done.stderr}")
    result = json.loads(done.stdout)
    if result.pop("exhausted") and job.slugs:
        raise TooFewNotesError
    return Figures(**result)


def _wrk_figures(wrk: str, stack: RunningStack, options: Options, slugs: Path | None) -> Figures:
    told = {"BENCH_SLUGS": str(slugs)} if slugs else {"BENCH_BODY": create_body(told=options.told)}
    if options.claim:
        told["BENCH_CLAIM"] = str(int.from_bytes(os.urandom(4), "big"))
    command = [wrk, "--threads", "1", "--connections", str(options.connections)]
    command += [
        "--duration",
        f"{max(1, round(options.seconds))}s",
        "--timeout",
        "10s",
        "--script",
        str(SCRIPT),
    ]
    done = subprocess.run(  # noqa: S603
        [*command, stack.endpoints.gateway],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise BenchError(f"wrk failed:\n{done.stdout}{done.stderr}")
    result = json.loads(line.removeprefix("RESULT "))
    if result["exhausted"]:
        raise TooFewNotesError
    return Figures(
        requests=result["requests"] - result["refused"],
        seconds=result["seconds"],
        p50=result["p50"],
        p99=result["p99"],
        errors=result["refused"] + result["broken"],
    )
