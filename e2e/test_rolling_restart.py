"""Every process of every service is stopped and started anew, one after the other, while people write, read
and sign in through Caddy: each request is answered as it should be, and each event arrives once.

`ONASTY_FULL=1` makes it five rounds.
"""

import asyncio
import os
import re
import secrets
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig
from yarl import URL

from contracts.auth.events import UserSignedUp
from contracts.notes.events import NoteCreated, NoteRevealed
from deployment.caddy import caddy_before

from .conftest import proof
from .letters import LINK, PASSWORD, Mailbox, consumed, text_of

pytestmark = pytest.mark.e2e

ROUNDS = 5 if os.environ.get("ONASTY_FULL") else 1
REPLICAS = 2
# As docs/operations.md says: the gateway last.
ORDER = ("auth", "notes", "mailer", "gateway")
# As in containers; the devstack's are for a stop that nobody waits for.
AS_DEPLOYED = {
    "AUTH_STOP_TIMEOUT": "25",
    "NOTES_STOP_TIMEOUT": "25",
    "MAILER_STOP_TIMEOUT": "25",
    "MAILER_ATTEMPT_TIMEOUT": "14",
    "GATEWAY_STOP_TIMEOUT": "25",
    "GATEWAY_DRAIN_TIMEOUT": "6",
    "GATEWAY_TRUSTED_PROXIES": "127.0.0.0/8",
}
WRITERS, CROWD = 2, 10
STARTS_WITHIN, ARRIVED_WITHIN = 40, 20
CALM = 20


class People:
    """They send each request once, and remember what was not answered as it should be."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []
        self.slowest = 0.0
        self.signed_up: list[str] = []
        self.ended = False
        self._session = session

    async def ask(self, what: str, status: int, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        begun = time.monotonic()
        try:
            async with self._session.post(path, json=body) as answer:
                said = await answer.json() if answer.content_type.endswith("json") else {}
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failed.append(f"{what}: {type(error).__name__}")
            return None
        took = time.monotonic() - begun
        self.slowest = max(self.slowest, took)
        if answer.status != status:
            self.failed.append(f"{what}: {answer.status} {said.get('code')} after {took:.2f} s")
            return None
        self.answered[what] += 1
        return said

    async def write_and_read(self) -> None:
        content = secrets.token_hex(8)
        note = await self.ask("create", 201, "/api/v1/note", {"content": content, "manage_token": proof()})
        if note is None:
            return
        path, claim = f"/api/v1/note/{note['slug']}", {"claim": secrets.token_urlsafe(16)}
        read = await self.ask("reveal", 200, f"{path}/view", claim)
        if read is not None:
            assert read["content"] == content
            await self.ask("acknowledge", 204, f"{path}/ack", claim)

    async def write(self) -> None:
        while not self.ended:
            await self.write_and_read()
            await asyncio.sleep(0.1)

    async def crowd(self) -> None:
        """Many at the same moment, and then nobody: what Caddy opened for them waits for the next."""
        while not self.ended:
            async with asyncio.TaskGroup() as all_of_them:
                for _ in range(CROWD):
                    all_of_them.create_task(self.write_and_read())
            await asyncio.sleep(1)

    async def sign_up(self) -> str:
        credentials = {"email": f"{secrets.token_hex(8)}@example.com", "password": PASSWORD}
        if await self.ask("sign up", 201, "/api/v1/auth/signup", credentials) is not None:
            self.signed_up.append(credentials["email"])
        return credentials["email"]

    async def sign_up_and_in(self, address: str) -> None:
        while not self.ended:
            await self.sign_up()
            await self.ask("sign in", 200, "/api/v1/auth/signin", {"email": address, "password": PASSWORD})
            await asyncio.sleep(0.5)

    async def go_on(self) -> None:
        """Wait until some more requests were answered."""
        enough = self.answered.total() + CALM
        async with asyncio.timeout(STARTS_WITHIN):
            while self.answered.total() < enough:
                await asyncio.sleep(0.02)


async def test_no_request_fails_and_no_event_is_lost(launch_devstack, monkeypatch, tmp_path, capsys):
    for name, value in AS_DEPLOYED.items():
        monkeypatch.setenv(name, value)
    devstack = launch_devstack("--scale", *(f"{service}={REPLICAS}" for service in ORDER))
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    mailbox = Mailbox(Path(endpoints.mailbox))
    gateways = [URL(gateway).authority for gateway in endpoints.gateways]
    async with (
        caddy_before(gateways, tmp_path, web_root=tmp_path) as (base, _),
        aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        people = People(session)
        address = await people.sign_up()
        token = LINK.search(text_of(await mailbox.wait_for(address)))[1]
        await people.ask("verify", 200, "/api/v1/auth/verify", {"token": token})
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WRITERS):
                tasks.create_task(people.write())
            tasks.create_task(people.crowd())
            tasks.create_task(people.sign_up_and_in(address))
            for done in range(ROUNDS):
                for service in ORDER:
                    for number in range(REPLICAS):
                        await people.go_on()
                        await replace(devstack, service, number, done)
            await people.go_on()
            people.ended = True

    events = await every_event(endpoints)
    with capsys.disabled():
        print(dict(people.answered), f"slowest {people.slowest:.2f} s,", dict(events), end=" ")  # noqa: T201
    assert people.failed == []
    assert events[NoteCreated.subject] == people.answered["create"]
    assert events[NoteRevealed.subject] == people.answered["reveal"]
    assert events[UserSignedUp.subject] == people.answered["sign up"]
    async with asyncio.timeout(ARRIVED_WITHIN):
        while len(letters := mailbox.letters()) < len(people.signed_up):
            await asyncio.sleep(0.2)
    assert sorted(letter["to"] for letter in letters) == sorted(people.signed_up)
    assert "ended with code 1" not in devstack.output


async def replace(devstack, service: str, number: int, done: int) -> None:
    """Stop one as an orchestrator does, and wait until what takes its place is ready."""
    ready_again = re.compile(rf"^{service}-{number + 1} +ready again", re.MULTILINE)
    os.kill(devstack.endpoints.pids[service][number], signal.SIGTERM)
    async with asyncio.timeout(STARTS_WITHIN):
        while len(ready_again.findall(devstack.output)) <= done:
            await asyncio.sleep(0.02)


async def every_event(endpoints) -> Counter[str]:
    """Their kinds, when all that was committed is published: each is in the stream, and once."""
    committed: dict[str, str] = {}
    for service in ("auth", "notes"):
        database = await asyncpg.connect(endpoints.postgres[service])
        async with asyncio.timeout(ARRIVED_WITHIN):
            while await database.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"):
                await asyncio.sleep(0.05)
        committed |= {str(row["id"]): row["type"] for row in await database.fetch("SELECT * FROM outbox")}
        await database.close()
    client = await nats.connect(endpoints.nats)
    stream = client.jetstream()
    await consumed(stream)
    events = await stream.pull_subscribe(
        "events.>", stream="EVENTS", config=ConsumerConfig(ack_policy=AckPolicy.NONE)
    )
    info = await stream.stream_info("EVENTS")
    there: list[str] = []
    while len(there) < info.state.messages:
        there += [message.headers["Nats-Msg-Id"] for message in await events.fetch(500, timeout=5)]
    await client.close()
    assert sorted(there) == sorted(committed)
    return Counter(committed.values())
