"""The installed `onasty`, as a process of its own, and a proxy that can lose or hold an answer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

SCRIPT = Path(sys.executable).parent / "onasty"
AT_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
WITHIN = 30


@dataclass(frozen=True)
class Ended:
    code: int
    out: bytes
    err: str


@dataclass
class CommandLine:
    """`onasty` with a home of its own; `processes` are those that a test started and may have left."""

    server: str
    home: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        folders = {name: str(self.home) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        return {"PATH": os.environ["PATH"], "ONASTY_SERVER": self.server, **folders}

    @property
    def claims(self) -> list[Path]:
        return list((self.home / "onasty" / "claims").glob("*"))

    async def start(
        self, *arguments: str, stdout: Any = PIPE, redirected: str = "", **environment: str
    ) -> Process:
        # In a session of its own, so that it finds no terminal to ask at.
        process = await asyncio.create_subprocess_exec(
            *(("sh", "-c", f'exec "$0" "$@" {redirected}') if redirected else ()),
            SCRIPT,
            *arguments,
            stdin=PIPE,
            stdout=stdout,
            stderr=PIPE,
            env=self.environment | environment,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    async def start_at_a_terminal(self, *arguments: str, **environment: str) -> Process:
        """What is typed goes to `stdin`; what is shown, on stderr too, comes from `stdout`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", AT_A_TERMINAL, SCRIPT, *arguments),
            stdin=PIPE,
            stdout=PIPE,
            env=self.environment | {"TERM": "dumb"} | environment,
        )
        self.processes.append(process)
        return process

    async def run(self, *arguments: str, stdin: bytes = b"", **options: Any) -> Ended:
        process = await self.start(*arguments, **options)
        return await ended(process, stdin)

    async def send(self, text: bytes = b"secret\n", *options: str, **environment: str) -> str:
        """The link of a new note."""
        sent = await self.run("send", *options, stdin=text, **environment)
        assert (sent.code, sent.err) == (0, "")
        return sent.out.decode().rstrip("\n")


def slug_of(link: str) -> str:
    return link.partition("#")[0].rpartition("/")[2]


async def ended(process: Process, stdin: bytes = b"") -> Ended:
    out, err = await asyncio.wait_for(process.communicate(stdin), WITHIN)
    assert b"Traceback" not in (err or b"")
    return Ended(process.returncode, out, (err or b"").decode())


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


@pytest.fixture
async def alone(tmp_path) -> AsyncIterator[CommandLine]:
    """`onasty` without a server, for what needs none or one of its own."""
    command_line = CommandLine("http://127.0.0.1:9", tmp_path)
    yield command_line
    for process in command_line.processes:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await ended(process)


@pytest.fixture
def onasty(stack, alone) -> CommandLine:
    alone.server = stack.endpoints.gateway
    return alone


@pytest.fixture
async def serve():
    """`await serve(handler)`: the address of a server that answers everything so."""
    runners = []

    async def serve(handler, context=None) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        return f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


def is_one_line(err: str) -> bool:
    return err.startswith("onasty: ") and err.count("\n") == 1


class Proxy:
    """Hands everything on, but for requests and answers of paths that end as a test says."""

    def __init__(self, gateway: str, session: aiohttp.ClientSession) -> None:
        self.url = ""
        self.lose: str | None = None  # the next answer to it
        self.hold: str | None = None  # every answer to it
        self.stop: str | None = None  # every request to it, before the server has it
        self.change: Callable[[dict[str, Any]], None] | None = None
        self.answered: list[str] = []  # paths that the server answered
        self._gateway = gateway
        self._session = session

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.stop is not None and request.path.endswith(self.stop):
            await asyncio.Event().wait()
        url = self._gateway + request.path_qs
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read()
        ) as answer:
            body = await answer.read()
        self.answered.append(request.path)
        if self.lose is not None and request.path.endswith(self.lose):
            self.lose = None
            request.transport.abort()
        if self.hold is not None and request.path.endswith(self.hold):
            await asyncio.Event().wait()  # until the client goes or the test ends
        if self.change is not None and body:
            values = json.loads(body)
            self.change(values)
            body = json.dumps(values).encode()
        return web.Response(status=answer.status, body=body, headers={"Content-Type": answer.content_type})


@pytest.fixture
async def proxy(stack) -> AsyncIterator[Proxy]:
    async with aiohttp.ClientSession() as session:
        proxy = Proxy(stack.endpoints.gateway, session)
        application = web.Application(client_max_size=4 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", proxy.handle)
        runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        proxy.url = f"http://{host}:{port}"
        yield proxy
        await runner.cleanup()


@pytest.fixture
def behind(proxy, onasty) -> CommandLine:
    """`onasty`, whose server is the proxy."""
    onasty.server = proxy.url
    return onasty
