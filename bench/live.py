"""`python -m bench.live`: how soon whoever watches a note hears that it was opened.

200 streams are open, each of a note of its own. Notes are opened one after the other, 500 times, at random
moments; what is shown is the time from sending the request, and from having its answer, to having the event.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvloop

from bench.errors import BenchError
from bench.figures import percentile
from bench.http_connection import HttpConnection, post
from bench.processes import memory_mib
from bench.requests import CREATE_PATH, CREATED, REVEALED, reveal_path
from bench.stack import RunningStack, running
from devstack.errors import StackError

STREAMS = 200
EVENTS = 500
# No note is opened for the last time: that would end its stream.
VIEWS = 20
# Seconds between two, at most.
PAUSE = 0.05
WITHIN = 5.0
PATH = "/api/v1/note/{slug}/events"


@dataclass(frozen=True, slots=True)
class _Watched:
    slug: str
    reader: asyncio.StreamReader

    async def heard(self) -> float:
        await self.reader.readuntil(b"event: revealed\n")
        await self.reader.readline()
        return time.perf_counter()


def main() -> None:
    """Print a line for each way to count."""
    try:
        with running(1, say=_say) as stack, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            taken = runner.run(_measure(stack))
            memory = memory_mib(stack.endpoints.pids)["gateway"]
    except (BenchError, StackError) as error:
        sys.exit(f"bench: {error}")
    for since, seconds in taken.items():
        ordered = sorted(1000 * one for one in seconds)
        shown = f"p50 {percentile(ordered, 0.5):.1f} ms, p99 {percentile(ordered, 0.99):.1f} ms"
        sys.stdout.write(f"{since:12}{shown}, at most {ordered[-1]:.1f} ms, {len(ordered)} events\n")
    sys.stdout.write(f"gateway     {memory[0]} MiB\n")


async def _measure(stack: RunningStack) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"request": [], "answer": []}
    async with AsyncExitStack() as ends:
        loop = asyncio.get_running_loop()
        _, asking = await loop.create_connection(HttpConnection, stack.host, stack.port)
        ends.callback(asking.close)
        watched = [await _watch(stack, asking, ends) for _ in range(STREAMS)]
        _say(f"{STREAMS} streams are open")
        order = random.Random(1)  # noqa: S311
        for note in order.choices(watched, k=EVENTS):
            await asyncio.sleep(order.uniform(0, PAUSE))
            async with _in_time("an event"):
                (began, answered), heard = await asyncio.gather(_open(stack, asking, note), note.heard())
            taken["request"].append(heard - began)
            taken["answer"].append(heard - answered)
    return taken


async def _watch(stack: RunningStack, asking: HttpConnection, ends: AsyncExitStack) -> _Watched:
    token = secrets.token_urlsafe(32)
    body = json.dumps({"content": "x", "manage_token": token, "max_views": VIEWS}).encode()
    status, answer = await asking.ask(post(f"{stack.host}:{stack.port}", CREATE_PATH, body))
    if status != CREATED:
        raise BenchError(f"a note was answered {status}, not {CREATED}.")
    slug = json.loads(answer)["slug"]
    reader, writer = await asyncio.open_connection(stack.host, stack.port)
    ends.callback(writer.close)
    writer.write(
        f"GET {PATH.format(slug=slug)} HTTP/1.1\r\nHost: {stack.host}\r\n"
        f"Onasty-Manage-Token: {token}\r\n\r\n".encode()
    )
    async with _in_time("a stream"):
        await reader.readuntil(b"event: snapshot\n")
    return _Watched(slug, reader)


async def _open(stack: RunningStack, asking: HttpConnection, note: _Watched) -> tuple[float, float]:
    request = post(f"{stack.host}:{stack.port}", reveal_path(note.slug), b"{}")
    began = time.perf_counter()
    status, _ = await asking.ask(request)
    answered = time.perf_counter()
    if status != REVEALED:
        raise BenchError(f"a note was answered {status}, not {REVEALED}.")
    return began, answered


@asynccontextmanager
async def _in_time(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WITHIN):
            yield
    except TimeoutError as error:
        raise BenchError(f"{what} did not come within {WITHIN:g} s.") from error
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise BenchError(f"the gateway hung up before {what} came.") from error


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
