"""Streams over HTTP: a whole gateway on real NATS, and notes as a test wants them."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import nats
import pytest
import uuid_utils.compat

from chassis import logs
from chassis.runtime import Runtime
from contracts.auth.rpc import SigningKeys
from contracts.messages import Envelope
from contracts.notes.rpc import (
    GetWatchedNote,
    ListWatchedNotes,
    LiveNote,
    NoteState,
    WatchedNote,
    WatchedNotes,
)
from devstack.ports import free_ports
from gateway.app import compose
from gateway.settings import GatewaySettings

PATIENCE = 5
NOTE = uuid4()


def state(slug="watched", views=0):
    now = datetime.now(UTC)
    return LiveNote(
        slug=slug,
        state=NoteState.UNREAD,
        created_at=now,
        expires_at=now,
        keep_before_expiration=False,
        has_password=False,
        max_views=9,
        views_taken=views,
        refused_attempts=0,
    )


class Gateway:
    """A gateway that runs, and an open door to it."""

    def __init__(self, runtime, port, http, stop):
        self.runtime, self.port, self._http, self.stop = runtime, port, http, stop

    def ask(self, path, headers, **options):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        return self._http.get(url, headers=headers, **options)

    def metric(self, name, **labels):
        return self.runtime.metrics.get_sample_value(name, labels)


@pytest.fixture
async def start(servers, serving, signing_keys):
    """`gateway = await start(notes, streams=1)`: with settings of its own; `notes` answers.

    `tracing` records; by default nothing is.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving("auth", {SigningKeys: signing_keys}))

        async def started(answers=None, *, tracing=None, **wishes):
            own = WatchedNotes(notes=[])
            one = WatchedNote(id=NOTE, over=False, note=state())
            answers = {GetWatchedNote: one, ListWatchedNotes: own, **(answers or {})}
            await stack.enter_async_context(serving("notes", answers))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            (port,) = free_ports(1)
            settings = GatewaySettings(
                nats_url=servers.nats_users["gateway"],
                redis_url=servers.redis,
                public_url="http://127.0.0.1",
                client_key="k" * 32,
                rate_limits="off",
                port=port,
                **{"drain_timeout": 0} | wishes,
            )
            runtime = Runtime("gateway", settings, logs.configure("gateway", level="info"))
            runtime.tracing = tracing or runtime.tracing
            own_life = AsyncExitStack()
            await own_life.enter_async_context(compose(runtime))
            stack.push_async_exit(own_life)
            runtime.health.start_accepting()
            return Gateway(runtime, port, http, own_life.aclose)

        yield started


@pytest.fixture
async def emit(servers):
    """`await emit(event)`: as its service does."""
    client = await nats.connect(servers.nats)

    async def publish(event):
        envelope = Envelope(
            id=uuid_utils.compat.uuid7(),
            source=f"/onasty/{event.service()}",
            type=event.subject,
            subject=str(event.entity_id),
            time=datetime.now(UTC),
            data=event,
        )
        await client.jetstream().publish(event.subject, envelope.model_dump_json().encode())

    yield publish
    await client.close()


async def said(answer):
    """The next message, or comment: its name, and its data."""
    async with asyncio.timeout(PATIENCE):
        fields = dict(
            line.split(": ", 1)
            for line in (await answer.content.readuntil(b"\n\n")).decode().split("\n")
            if line
        )
    return fields.get("event", fields.get("")), json.loads(fields.get("data", "null"))


async def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.01)
