"""What goes on beside a measurement: `python -m bench.beside KIND HOST PORT`, until it is ended.

`idle`: a thousand connections, of which half say nothing and half never end their head, each opened again
when it is cut. `sign-ins`: 20 a second, with an address that nobody has: auth compares as many hashes as for
any other. Once all of it is under way it prints a line.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

import uvloop

from bench.errors import BenchError
from bench.http_connection import HttpConnection, post
from bench.stack import RunningStack
from devstack.repository import ROOT

IDLE = 1000
SIGN_INS = 20.0
HALF_A_HEAD = b"GET /api/ping HTTP/1.1\r\nX: "
BODY = json.dumps({"email": "nobody@example.org", "password": "not the right one"}).encode()


@contextmanager
def going_on(kind: str, stack: RunningStack) -> Iterator[None]:
    """In a process of its own, from the moment at which all of it is under way. Raises `BenchError`."""
    command = [sys.executable, "-m", "bench.beside", kind, stack.host, str(stack.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise BenchError(f"{kind} beside the measurement did not begin")
            yield
            if process.poll() is not None:
                raise BenchError(f"{kind} beside the measurement ended before it")
        finally:
            process.terminate()


def _under_way() -> None:
    sys.stdout.write("under way\n")
    sys.stdout.flush()


async def idle(host: str, port: int) -> None:
    """A thousand connections, some from each of eight loopback addresses: one alone may not have as many."""
    all_open = asyncio.Barrier(IDLE + 1)
    async with asyncio.TaskGroup() as group:
        for number in range(IDLE):
            said = HALF_A_HEAD if number % 2 else b""
            group.create_task(_hold(host, port, f"127.0.0.{2 + number % 8}", said, all_open))
        await all_open.wait()
        _under_way()


async def _hold(host: str, port: int, address: str, said: bytes, all_open: asyncio.Barrier) -> None:
    for again in itertools.count():
        reader, writer = await asyncio.open_connection(host, port, local_addr=(address, 0))
        writer.write(said)
        if not again:
            await all_open.wait()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()


async def sign_ins(host: str, port: int) -> None:
    """At a steady rate, whatever the answers: who is slow does not slow the next."""
    request = post(f"{host}:{port}", "/api/v1/auth/signin", BODY)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for number in itertools.count():
            await asyncio.sleep(began + number / SIGN_INS - loop.time())
            group.create_task(_ask(host, port, request))
            if number == SIGN_INS:
                _under_way()


async def _ask(host: str, port: int, request: bytes) -> None:
    _, connection = await asyncio.get_running_loop().create_connection(HttpConnection, host, port)
    await connection.ask(request)
    connection.close()


KINDS: dict[str, Callable[[str, int], Coroutine[None, None, None]]] = {"idle": idle, "sign-ins": sign_ins}


if __name__ == "__main__":
    uvloop.run(KINDS[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
