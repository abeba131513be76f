"""Parts die under load: requests are refused in time and clearly, nothing acknowledged is lost, and
traffic resumes without anyone's help."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import nats
import pytest

from contracts.auth.rpc import PingAuth
from contracts.context import RequestContext
from contracts.mailer.rpc import PingMailer

from .conftest import Answer, Api

pytestmark = pytest.mark.e2e

WORKERS = 8
# The gateway's deadline, and what a loaded machine takes on top of it.
DEADLINE, SLACK = 5.0, 3.0
RESUMES_WITHIN = 40.0
CALM = 25


@dataclass
class Load:
    """Creates notes without pause and remembers every answer."""

    api: Api
    kept: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[Answer, float]] = field(default_factory=list)
    calm: int = 0
    ended: bool = False

    async def run(self, worker: int) -> None:
        number = 0
        while not self.ended:
            number += 1
            content = f"note {worker}.{number}"
            started = time.monotonic()
            answer = await self.api.post("/api/v1/note", {"content": content})
            self.answers.append((answer, time.monotonic() - started))
            if answer.status == 201:
                self.kept[answer.json["slug"]] = content
                self.calm += 1
            else:
                self.calm = 0
                await asyncio.sleep(0.05)  # a client that heeds Retry-After a little

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + RESUMES_WITHIN
        while not condition():
            assert time.monotonic() < deadline, f"not within {RESUMES_WITHIN:g} s: {what}"
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("victim", ["notes", "nats", "postgres"])
async def test_a_part_is_killed_and_comes_back(launch_devstack, victim):
    devstack = launch_devstack()
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as workers:
        load = Load(Api(session, endpoints.gateways))
        for worker in range(WORKERS):
            workers.create_task(load.run(worker))
        await load.until(lambda: load.calm > CALM, "traffic flows")

        before = len(load.answers)
        os.kill(endpoints.pids[victim][0], signal.SIGKILL)
        await load.until(lambda: any(a.status != 201 for a, _ in load.answers[before:]), "the death is felt")
        await load.until(lambda: load.calm > CALM, "traffic resumed")
        load.ended = True

    assert {answer.status for answer, _ in load.answers} == {201, 503}
    for answer, seconds in load.answers:
        assert seconds < DEADLINE + SLACK
        if answer.status == 503:
            assert answer.headers["Retry-After"] == "1"
            assert answer.json["code"] in {"unavailable", "timeout", "deadline_exceeded"}
            assert b"Traceback" not in answer.body
    assert devstack.endpoints.pids[victim] != endpoints.pids[victim]

    async with aiohttp.ClientSession() as session:
        api = Api(session, endpoints.gateways)
        for slug, content in load.kept.items():
            read = await api.post(f"/api/v1/note/{slug}/view")
            assert (read.status, read.json["content"]) == (200, content)


async def test_a_gateway_that_stops_answers_what_it_has_in_hand(launch_devstack):
    devstack = launch_devstack()
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    (notes,), (gateway,) = endpoints.pids["notes"], endpoints.pids["gateway"]
    async with aiohttp.ClientSession() as session:
        api = Api(session, endpoints.gateways)
        os.kill(notes, signal.SIGSTOP)
        try:
            asked = asyncio.create_task(api.post("/api/v1/note", {"content": "x"}))
            await gauge(session, endpoints.metrics["gateway"][0], "http_requests_in_hand 1.0")
            os.kill(gateway, signal.SIGTERM)
            await asyncio.to_thread(devstack.wait_until, lambda: stopping(devstack), "stopping", within=10)
        finally:
            os.kill(notes, signal.SIGCONT)
        assert (await asked).status == 201


async def gauge(session: aiohttp.ClientSession, url: str, line: str) -> None:
    """Wait until a metric says so."""
    async with asyncio.timeout(10):
        while True:
            async with session.get(url) as metrics:
                if line in (await metrics.text()).splitlines():
                    return


def stopping(devstack) -> bool:
    return '"event": "stopping"' in (devstack.data / "logs/gateway-1.log").read_text()


async def test_auth_and_mailer_answer_a_ping(stack):
    client = await nats.connect(stack.endpoints.nats)
    try:
        for request in (PingAuth, PingMailer):
            headers = RequestContext.lasting(5, request_id="ping").headers()
            reply = await client.request(request.subject, b"{}", timeout=5, headers=headers)
            assert request.reply_type.model_validate_json(reply.data).message == "pong"
    finally:
        await client.close()
