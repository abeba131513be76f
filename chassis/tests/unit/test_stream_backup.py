"""JetStream reads a whole stream before it answers, and a cluster does not know at once who listens."""

import asyncio
import io
import json
from types import SimpleNamespace

import pytest
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.errors import TimeoutError as NoAnswer

from chassis.stream_backup import restore, save

# Seconds that JetStream reads.
READS = 240
STATE = {"messages": 3}
CONFIG = {"name": "EVENTS"}


class LargeStream:
    """A client of a NATS with one: its first answer is late for a snapshot, and its last for a restore."""

    is_closed = False

    def __init__(self):
        self._chunks = [b"xyz", b""]

    def new_inbox(self):
        return "inbox"

    async def subscribe(self, subject):
        return self

    async def unsubscribe(self):
        pass

    def jetstream(self):
        return self

    async def stream_info(self, name):
        return SimpleNamespace(state=SimpleNamespace(messages=0))

    async def delete_stream(self, name):
        pass

    async def next_msg(self, within):
        return SimpleNamespace(data=self._chunks.pop(0), headers=None, reply="")

    async def request(self, subject, data, within):
        if (".SNAPSHOT." in subject or not data) and within < READS:
            raise NoAnswer
        answer = {"config": CONFIG, "state": STATE, "deliver_subject": "parts"}
        return SimpleNamespace(data=json.dumps(answer).encode())


@pytest.fixture
async def saved():
    """The file of it."""
    file = io.BytesIO()
    assert await save(LargeStream(), "EVENTS", file) == 3
    file.seek(0)
    return file


async def test_a_large_stream_is_saved_and_restored(saved):
    assert await restore(LargeStream(), saved) == ("EVENTS", 3)


class Cluster(LargeStream):
    """Its nodes learn late that one of them listens for what is restored."""

    def __init__(self, unheard):
        super().__init__()
        self.unheard = unheard
        self.heard = []

    async def request(self, subject, data, within):
        if subject == "parts":
            self.unheard -= 1
            if self.unheard >= 0:
                raise NoRespondersError
            self.heard.append(data)
        return await super().request(subject, data, within)


async def test_what_no_node_listened_to_yet_is_said_again(saved):
    cluster = Cluster(unheard=3)
    assert await restore(cluster, saved) == ("EVENTS", 3)
    assert cluster.heard == [b"xyz", b""]


async def test_a_restore_that_nobody_listens_to_fails(saved, monkeypatch):
    monkeypatch.setattr("chassis.stream_backup.ANSWER_WITHIN", 0.1)
    with pytest.raises(NoRespondersError):
        await restore(Cluster(unheard=1000), saved)


class Lost(LargeStream):
    """Its server dies while it reads."""

    async def request(self, subject, data, within):
        self.is_closed = True
        await asyncio.sleep(within)


async def test_a_server_that_dies_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("chassis.stream_backup.LOST_WITHIN", 0.01)
    with pytest.raises(ConnectionClosedError):
        async with asyncio.timeout(10):
            await save(Lost(), "EVENTS", io.BytesIO())
