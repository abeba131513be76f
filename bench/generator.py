"""A load generator in a process of its own: `python -m bench.generator`, a job on stdin, a result on stdout.

Both are JSON, `Job` and `Result`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from bench.arrivals import schedule
from bench.figures import percentile
from bench.http_connection import LOST, HttpConnection, post
from bench.requests import CREATE_PATH, CREATED, REVEALED, create_body, reveals

START_IN = 0.1
GIVE_UP_AFTER = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Reveals when it names a file of slugs, one a line; creates otherwise.

    A rate makes an open loop. Without one the loop is closed and ends after `seconds`, or `count` requests.
    """

    host: str
    port: int
    connections: int
    seconds: float = 3600.0
    count: int | None = None
    rate: float | None = None
    arrivals: str = "poisson"
    seed: int = 1
    pin: int | None = None
    slugs: str | None = None
    claim: bool = False
    told: bool = False
    # Where to write the slugs of the notes that were made.
    made: str | None = None


@dataclass(slots=True)
class Result:
    """Latencies and lateness in milliseconds. `requests` are those answered as they must be.

    `exhausted`: a closed loop had nothing left to ask before its time was over.
    """

    requests: int = 0
    seconds: float = 0.0
    errors: int = 0
    p50: float = 0.0
    p99: float = 0.0
    late_p99: float | None = None
    exhausted: bool = False


@dataclass(slots=True)
class _Run:
    """One job under way."""

    job: Job
    asks: Iterator[bytes]
    expected: int
    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    errors: int = 0
    exhausted: bool = False

    async def one(self, connection: HttpConnection, ask: bytes, intended: float) -> int:
        status, body = await connection.ask(ask)
        if status != self.expected:
            self.errors += 1
            return status
        self.latencies.append(time.perf_counter() - intended)
        if self.job.made:
            self.made.append(json.loads(body)["slug"])
        return status

    async def closed(self, connections: list[HttpConnection]) -> float:
        start = time.perf_counter()
        end = start + self.job.seconds

        async def again_and_again(connection: HttpConnection) -> None:
            status = self.expected
            while status != LOST and (now := time.perf_counter()) < end:
                if (ask := next(self.asks, None)) is None:
                    self.exhausted = True
                    return
                status = await self.one(connection, ask, now)

        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(again_and_again(connection))
        return time.perf_counter() - start

    async def open(self, connections: list[HttpConnection], rate: float) -> float:
        times = schedule(self.job.arrivals, rate=rate, seconds=self.job.seconds, seed=self.job.seed)
        free = asyncio.LifoQueue[HttpConnection]()
        for connection in connections:
            free.put_nowait(connection)
        start = time.perf_counter() + START_IN

        async def arrive(connection: HttpConnection, ask: bytes, intended: float) -> None:
            await self.one(connection, ask, intended)
            free.put_nowait(connection)

        async with asyncio.TaskGroup() as group:
            for at, ask in zip(times, self.asks, strict=False):
                intended = start + at
                if (ahead := intended - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                self.late.append(time.perf_counter() - intended)
                connection = await free.get()
                group.create_task(arrive(connection, ask, intended))
        return time.perf_counter() - start


def _asks(job: Job) -> Iterator[bytes]:
    address = f"{job.host}:{job.port}"
    if job.slugs is None:
        asks: Iterator[bytes] = itertools.repeat(
            post(address, CREATE_PATH, create_body(told=job.told).encode())
        )
    else:
        slugs = Path(job.slugs).read_text().split()
        # All of them before the start: this shall cost nothing later.
        asks = iter([post(address, path, body.encode()) for path, body in reveals(slugs, claim=job.claim)])
    return itertools.islice(asks, job.count)


async def _run(work: _Run) -> Result:
    job = work.job
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(HttpConnection, job.host, job.port))[1] for _ in range(job.connections)
    ]
    gc.freeze()
    gc.disable()
    async with asyncio.timeout(job.seconds + GIVE_UP_AFTER):
        elapsed = await (
            work.open(connections, job.rate) if job.rate is not None else work.closed(connections)
        )
    for connection in connections:
        connection.close()
    latencies, late = sorted(work.latencies), sorted(work.late)
    return Result(
        requests=len(latencies),
        seconds=elapsed,
        errors=work.errors,
        p50=1000 * percentile(latencies, 0.5),
        p99=1000 * percentile(latencies, 0.99),
        late_p99=1000 * percentile(late, 0.99) if late else None,
        exhausted=work.exhausted,
    )


def main() -> None:
    job = Job(**json.load(sys.stdin))
    if job.pin is not None and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):  # no such CPU for us: then anywhere
            os.sched_setaffinity(0, {job.pin})
    work = _Run(job, _asks(job), CREATED if job.slugs is None else REVEALED)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(_run(work))
    if job.made:
        Path(job.made).write_text("".join(f"{slug}\n" for slug in work.made))
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
