"""Following what happens from now on, of all that happens to one kind of entity."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import uuid4

import nats
import pytest
import uuid_utils.compat

from chassis import broker
from chassis.follower import Follower, following
from chassis.metrics import FollowerMetrics
from chassis.settings import ServiceSettings
from contracts.auth.events import UserDeleted
from contracts.messages import Envelope
from contracts.notes.events import NoteCreated, NoteDeleted, NoteRevealed
from contracts.registry import LIVE_NOTES
from contracts.streams import EVENTS

pytestmark = pytest.mark.integration


async def emit(client, event, subject=None):
    envelope = Envelope(
        id=uuid_utils.compat.uuid7(),
        source="/onasty/notes",
        type=event.subject,
        subject=str(event.entity_id),
        time=datetime.now(UTC),
        data=event,
    )
    await client.jetstream().publish(subject or event.subject, envelope.model_dump_json().encode())
    return event


async def until(condition, within=10):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.01)


async def test_it_hears_what_comes_and_is_told_where_something_may_be_missing(servers, make_runtime):
    heard = []
    async with AsyncExitStack() as stack:
        admin = await nats.connect(servers.nats)
        stack.push_async_callback(admin.close)
        await emit(admin, NoteCreated(note_id=uuid4()))
        runtime = make_runtime("gateway", ServiceSettings, nats_url=servers.nats_users["gateway"])
        client = await stack.enter_async_context(broker.connected(runtime))
        follower = Follower(
            runtime,
            client,
            FollowerMetrics(runtime.metrics),
            follow=LIVE_NOTES,
            since=None,
            handler=lambda envelope: heard.append(envelope.data),
            begun=lambda: heard.append("begun"),
        )
        await stack.enter_async_context(following(runtime, live=follower))
        author = uuid4()
        first = await emit(admin, NoteRevealed(note_id=uuid4(), author_id=author, views_taken=1, max_views=2))
        # Of another entity, and of a kind that only a later version knows.
        await emit(admin, UserDeleted(user_id=uuid4()))
        await emit(admin, NoteCreated(note_id=uuid4()), "events.notes.v1.note.framed")
        second = await emit(admin, NoteDeleted(note_id=uuid4()))
        await until(lambda: second in heard)
        assert heard == ["begun", first, second]

        (own,) = [
            info.name
            for info in await admin.jetstream().consumers_info(EVENTS.name)
            if info.config.filter_subject == LIVE_NOTES.filter_subject
        ]
        await admin.jetstream().delete_consumer(EVENTS.name, own)
        await until(lambda: follower.check() is not None, within=2)
        await emit(admin, NoteCreated(note_id=uuid4()))
        await until(lambda: follower.check() is None)
        third = await emit(admin, NoteDeleted(note_id=uuid4()))
        await until(lambda: third in heard)
        # What came in between is not told, but that something may have come is.
        assert heard[3:] == ["begun", third]
        assert runtime.metrics.get_sample_value("nats_permission_violations_total") == 0
