"""JetStream reads a whole stream before it answers, and a large one takes its time."""

import io
import json
from types import SimpleNamespace

from nats.errors import TimeoutError as NoAnswer

from chassis.stream_backup import restore, save

# Seconds that JetStream reads.
READS = 240
STATE = {"messages": 3}
CONFIG = {"name": "EVENTS"}


class LargeStream:
    """A client of a NATS with one: its first answer is late for a snapshot, and its last for a restore."""

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


async def test_a_large_stream_is_saved_and_restored():
    file = io.BytesIO()
    assert await save(LargeStream(), "EVENTS", file) == 3
    file.seek(0)
    assert await restore(LargeStream(), file) == ("EVENTS", 3)
