"""Parts die under load: requests are refused in time and clearly, nothing acknowledged is lost, and
traffic resumes without anyone's help."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import pytest

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
        async with asyncio.timeout(RESUMES_WITHIN):
            while not condition():
                await asyncio.sleep(0.02)
        assert condition(), what


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
