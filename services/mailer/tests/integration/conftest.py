"""Servers that a test may kill, an auth that answers the mailer, and jobs without a process."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest
import uuid_utils.compat

from chassis import broker, logs, postgres, rpc_server
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
from mailer.domain.letter import Letter
from mailer.senders import smtp
from mailer.settings import MailerSettings
from mailer.storage.job_repository import JobRepository

# Neither may lie anywhere but in the mail itself; `process/conftest.py` looks for them.
CANARY_DOMAIN = "canary-recipient.example"
CANARY_LINK = "https://notes.example.org/verify#canaryToken"

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
        self.missed: set[UUID] = set()
        self.obsolete: set[UUID] = set()
        self.recipients: dict[UUID, str] = {}
        # How letters end it does not hear.
        self.deaf = False
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
        if self.deaf:
            self.missed.add(request.event_id)
            raise ServiceError(ErrorCode.UNAVAILABLE, "away")
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


@pytest.fixture
async def runtime(stack):
    settings = MailerSettings(
        nats_url=stack.nats_users["mailer"],
        database_url=stack.postgres["mailer"],
        from_address="onasty@example.org",
        public_url="https://notes.example.org",
    )
    return Runtime("mailer", settings, logs.configure("mailer"))


@pytest.fixture
async def database(runtime):
    async with postgres.connected(runtime) as opened:
        yield opened


@pytest.fixture
def add_jobs(database):
    async def add(count=1, letter=Letter.VERIFY):
        jobs, ids = JobRepository(database), [uuid4() for _ in range(count)]
        async with database.transaction() as connection:
            now = await connection.fetchval("SELECT now()")
            for each in ids:
                await jobs.record(connection, each, letter, user_id=each, requested_at=now)
        return ids

    return add


@pytest.fixture
async def connect():
    async with AsyncExitStack() as stack:

        async def make(sink, *, ca_file="", **values):
            settings = {"security": "none", "user": "", "password": "", "timeout": 5.0, **values}
            server = smtp.SmtpServer(host="127.0.0.1", port=sink.port, **settings)
            sender = smtp.connected(server, "onasty@example.org", smtp.tls_context(ca_file))
            return await stack.enter_async_context(sender)

        yield make
