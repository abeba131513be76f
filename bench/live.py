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
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

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
HEARD_WITHIN = 5.0
PATH = "/api/v1/note/{slug}/events"


@dataclass(slots=True)
class _Watched:
    slug: str
    heard: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line == b"event: revealed\n":
                await reader.readline()
                self.heard.put_nowait(time.perf_counter())


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
    async with asyncio.TaskGroup() as listening, AsyncExitStack() as ends:
        loop = asyncio.get_running_loop()
        _, asking = await loop.create_connection(HttpConnection, stack.host, stack.port)
        ends.callback(asking.close)
        watched = [await _watch(stack, asking, ends, listening) for _ in range(STREAMS)]
        _say(f"{STREAMS} streams are open")
        # Its events of the making, if any, have come when it is opened.
        order = random.Random(1)  # noqa: S311
        for note in order.choices(watched, k=EVENTS):
            await asyncio.sleep(order.uniform(0, PAUSE))
            request = post(f"{stack.host}:{stack.port}", reveal_path(note.slug), b"{}")
            began = time.perf_counter()
            status, _ = await asking.ask(request)
            answered = time.perf_counter()
            if status != REVEALED:
                raise BenchError(f"a note was answered {status}, not {REVEALED}.")
            async with asyncio.timeout(HEARD_WITHIN):
                heard = await note.heard.get()
            taken["request"].append(heard - began)
            taken["answer"].append(heard - answered)
    return taken


async def _watch(
    stack: RunningStack, asking: HttpConnection, ends: AsyncExitStack, listening: asyncio.TaskGroup
) -> _Watched:
    token = secrets.token_urlsafe(32)
    body = json.dumps({"content": "x", "manage_token": token, "max_views": VIEWS}).encode()
    status, answer = await asking.ask(post(f"{stack.host}:{stack.port}", CREATE_PATH, body))
    if status != CREATED:
        raise BenchError(f"a note was answered {status}, not {CREATED}.")
    note = _Watched(json.loads(answer)["slug"])
    reader, writer = await asyncio.open_connection(stack.host, stack.port)
    path = PATH.format(slug=note.slug)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {stack.host}\r\nOnasty-Manage-Token: {token}\r\n\r\n".encode()
    )
    await reader.readuntil(b"event: snapshot\n")
    task = listening.create_task(note.listen(reader))
    ends.callback(writer.close)
    ends.callback(task.cancel)
    return note


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
