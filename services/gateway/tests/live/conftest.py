"""Streams without HTTP, and the notes that they ask for."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from contracts.messages import Envelope
from contracts.notes.events import NoteRevealed
from contracts.notes.rpc import LiveNote, NoteState, WatchedNote
from gateway.live.hub import LiveHub
from gateway.live.messages import HEARTBEAT
from gateway.live.speaker import Speaker

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AUTHOR, SESSION = uuid4(), uuid4()


def state(note_id, *, over=False, views=0, expires_at=NOW):
    note = LiveNote(
        slug=f"note-{note_id}",
        state=NoteState.UNREAD,
        created_at=NOW,
        expires_at=expires_at,
        keep_before_expiration=False,
        has_password=False,
        max_views=100,
        views_taken=views,
        refused_attempts=0,
    )
    return WatchedNote(id=note_id, over=over, note=note)


def revealed(note_id, author_id=AUTHOR):
    return envelope(NoteRevealed(note_id=note_id, author_id=author_id, views_taken=1, max_views=2))


def envelope(event):
    return Envelope(id=uuid4(), source="/", type="", subject="", time=NOW, data=event)


class Notes:
    """The author's notes. `asked` are the ids of each question; `refusals` are given first."""

    def __init__(self, *ids):
        self.ids, self.asked, self.refusals, self.over = list(ids), [], [], False
        self.expires_at, self.gate = NOW, asyncio.Event()
        self.gate.set()

    async def look(self, ids):
        self.asked.append(ids)
        await self.gate.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        return [
            state(id, over=self.over, views=len(self.asked), expires_at=self.expires_at)
            for id in self.ids
            if ids is None or id in ids
        ]


class Reader:
    """Takes what is written, while its gate is open."""

    def __init__(self):
        self.taken, self.gate = [], asyncio.Event()
        self.gate.set()

    async def write(self, data):
        self.taken.append(data)
        await self.gate.wait()

    @property
    def told(self):
        """Names, and what notes they were about."""
        return [said for data in self.taken if (said := _said(data))]

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition(self.told):
                await asyncio.sleep(0)


async def until_nothing_waits():
    """No wait of a stream that has ended goes on."""
    async with asyncio.timeout(5):
        while any(task.get_name() == "live-wait" for task in asyncio.all_tasks()):
            await asyncio.sleep(0)


def _said(data):
    if data == HEARTBEAT:
        return None
    *_, name, text = data.decode().strip().split("\n")
    said = json.loads(text.removeprefix("data: "))
    notes = said.get("notes") or [said.get("note", {})]
    return name.removeprefix("event: "), [note.get("slug", "").removeprefix("note-") for note in notes]


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def hub(registry):
    return LiveHub(total=3, per_client=2, heartbeat=60, registry=registry)


@asynccontextmanager
async def running(hub, notes, *, alone=False, to=(AUTHOR, SESSION), heartbeat=60.0):
    reader = Reader()
    with hub.listening(notes.look, alone=alone, to=to) as stream:
        stream.begin(await notes.look(None))
        task = asyncio.create_task(stream.run(Speaker(reader.write, heartbeat, hub.metrics)))
        try:
            yield stream, reader, task
        finally:
            stream.end(None)
            async with asyncio.timeout(5):
                await task
