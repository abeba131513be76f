"""Servers that a test may kill, an auth that answers the mailer, and the mailer as the process that it is."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest
import uuid_utils.compat

from chassis import broker, logs, rpc_server
from chassis.provision import consumer_config
from chassis.rpc_server import operation
from chassis.runtime import Runtime
from chassis.settings import RpcSettings
from contracts.auth.events import UserSignedUp
from contracts.auth.rpc import Accepted, GetMailDetails, GetUserContact, MailDetails, SettleMail, UserContact
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope, Event
from contracts.registry import SERVICES
from devstack.pytest_plugin import Devstack, launched, temporary_data

# None of the three may lie anywhere but in the mail itself.
CANARY_DOMAIN = "canary-recipient.example"
CANARY_LINK = "https://notes.example.org/verify#canaryToken"
CANARIES = (CANARY_DOMAIN, "canaryToken")

(CONSUMER,) = SERVICES["mailer"].consumers


@pytest.fixture(scope="session")
def own_servers() -> Iterator[Devstack]:
    """Of these tests alone: what a test kills comes back."""
    with temporary_data() as data, launched(data, "--only-servers") as devstack:
        devstack.wait_until_ready()
        yield devstack


@pytest.fixture
async def stack(own_servers) -> AsyncIterator[Any]:
    """Endpoints, an empty schema, an empty stream, and a consumer that waits 2 s for a process that died."""
    endpoints = own_servers.endpoints
    client = await nats.connect(endpoints.nats)
    js = client.jetstream()
    await js.purge_stream("EVENTS")
    await js.purge_stream("DEAD_LETTERS")
    await js.add_consumer("EVENTS", consumer_config(dataclasses.replace(CONSUMER, ack_wait=2.0)))
    await client.close()
    connection = await asyncpg.connect(endpoints.postgres["mailer"])
    await connection.execute("TRUNCATE jobs, inbox")
    await connection.close()
    return endpoints


@pytest.fixture
async def sql(stack, until):
    """`await sql(query, …)`: rows, each over a connection of its own, for the server may have been killed."""

    async def fetch(query: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(stack.postgres["mailer"])
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    return fetch


class Auth:
    """Answers the mailer. What it is asked waits while `answering` is not set."""

    def __init__(self) -> None:
        self.asked: Counter[UUID] = Counter()
        self.settled: dict[UUID, str] = {}
        self.obsolete: set[UUID] = set()
        self.recipients: dict[UUID, str] = {}
        self.answering = asyncio.Event()
        self.answering.set()

    def operations(self):
        return (
            operation(GetMailDetails, self._details),
            operation(GetUserContact, self._contact),
            operation(SettleMail, self._settled),
        )

    def recipient(self, id: UUID) -> str:
        return self.recipients.get(id, f"{id}@{CANARY_DOMAIN}")

    async def _details(self, request, _context):
        self.asked[request.event_id] += 1
        await self.answering.wait()
        if request.event_id in self.obsolete:
            raise ServiceError(ErrorCode.LETTER_OBSOLETE, "gone")
        return MailDetails(
            recipient=self.recipient(request.event_id), requested_at=datetime.now(UTC), link=CANARY_LINK
        )

    async def _contact(self, request, _context):
        self.asked[request.user_id] += 1
        return UserContact(email=self.recipient(request.user_id))

    async def _settled(self, request, _context):
        self.settled[request.event_id] = str(request.outcome)
        return Accepted()


@pytest.fixture
async def auth(stack) -> AsyncIterator[Auth]:
    """On NATS, as the user that auth is there."""
    answers = Auth()
    runtime = Runtime("auth", RpcSettings(nats_url=stack.nats_users["auth"]), logs.configure("auth"))
    async with (
        broker.connected(runtime) as client,
        rpc_server.serving(runtime, client, answers.operations()),
    ):
        yield answers
        answers.answering.set()


@pytest.fixture
async def emit(stack):
    """Publish events as the relay of their service would, and give their ids."""
    client = await nats.connect(stack.nats, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    js = client.jetstream()

    async def publish(*events: Event) -> list[UUID]:
        ids = []
        for event in events:
            event_id = uuid_utils.compat.uuid7()
            envelope = Envelope[type(event)](
                id=event_id,
                source=f"/onasty/{event.service()}",
                type=event.subject,
                subject=str(event.entity_id),
                time=datetime.now(UTC),
                data=event,
            )
            payload = envelope.model_dump_json(exclude_none=True).encode()
            await js.publish(event.subject, payload, headers={"Nats-Msg-Id": str(event_id)})
            ids.append(event_id)
        return ids

    yield publish
    await client.close()


@pytest.fixture
def sign_ups(emit):
    """50 events that each become a letter; 200 with ONASTY_FULL=1."""

    async def publish(count: int = 200 if os.environ.get("ONASTY_FULL") else 50) -> list[UUID]:
        return await emit(*(UserSignedUp(user_id=uuid4()) for _ in range(count)))

    return publish


class Mailer:
    """A process of the service, and what it wrote."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mailer"], stdout=file, stderr=subprocess.STDOUT, env=environment
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output
        return '"event": "ready"' in self.output

    def metrics(self) -> str:
        port = re.search(r'"ops_port": (\d+)', self.output)
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 20)

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@pytest.fixture
async def start_mailer(stack, sink, tmp_path, until, sql):
    """Run mailers that send to the sink. What they leave behind is searched for canaries when all is over."""
    mailers: list[Mailer] = []

    async def start(**settings: str) -> Mailer:
        values = {
            "NATS_URL": stack.nats_users["mailer"],
            "DATABASE_URL": stack.postgres["mailer"],
            "OPS_PORT": "0",
            "LOG_LEVEL": "debug",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(sink.port),
            "SMTP_SECURITY": "none",
            "FROM_ADDRESS": "Onasty <onasty@example.org>",
            "PUBLIC_URL": "https://notes.example.org",
            # The lease is three times as long.
            "ATTEMPT_TIMEOUT": "2",
            "RETRY_DELAYS": "0.1,0.2,0.5",
            **settings,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
        environment |= {f"MAILER_{name}": value for name, value in values.items()}
        mailer = Mailer(environment, tmp_path / f"mailer-{len(mailers)}.log")
        mailers.append(mailer)
        await until(mailer.is_ready)
        return mailer

    async with AsyncExitStack() as stack_of_checks:
        stack_of_checks.push_async_callback(_search, mailers, sql)
        yield start


async def _search(mailers: list[Mailer], sql: Any) -> None:
    metrics = [mailer.metrics() for mailer in mailers if mailer.process.poll() is None]
    codes = [await mailer.stop() for mailer in mailers]
    rows = [str(dict(row)) for table in ("jobs", "inbox") for row in await sql(f"SELECT * FROM {table}")]
    for canary in CANARIES:
        for place, texts in {"log": [m.output for m in mailers], "metric": metrics, "table": rows}.items():
            assert not any(canary in text for text in texts), f"{canary} in a {place}"
    assert set(codes) <= {0, -signal.SIGKILL}, [mailer.output for mailer in mailers]
