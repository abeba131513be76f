"""The mailbox, and the way of an event to it."""

import asyncio
import re
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy

import uuid_utils.compat

from contracts.messages import Envelope

PASSWORD = "correct horse battery"
LINK = re.compile(r"http://\S+/verify#(\S+)")


class Mailbox:
    def __init__(self, folder):
        self._folder = folder

    def letters(self):
        files = sorted(self._folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def letters_to(self, address):
        return [letter for letter in self.letters() if letter["to"] == address]

    async def wait_for(self, address, count=1, subject=None):
        """The latest letter to the address, once there are so many, of this subject where one is given."""
        deadline = time.monotonic() + 20
        while len(letters := self._of(address, subject)) < count:
            assert time.monotonic() < deadline, f"{len(letters)} of {count} letters came"
            await asyncio.sleep(0.05)
        return letters[-1]

    def _of(self, address, subject):
        return [letter for letter in self.letters_to(address) if subject in {None, letter["subject"]}]


def text_of(letter):
    return letter.get_body(("plain",)).get_content()


async def consumed(jetstream):
    """Until every consumer has settled all there is."""
    deadline = time.monotonic() + 30
    for durable in ("mailer", "notes"):
        while True:
            info = await jetstream.consumer_info("EVENTS", durable)
            if info.num_pending == 0 and info.num_ack_pending == 0:
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def publish(jetstream, event, payload=None):
    """Publish an event, or something broken in its place, as an administrator may; gives its id."""
    event_id = uuid_utils.compat.uuid7()
    envelope = Envelope[type(event)](
        id=event_id,
        source="/onasty/auth",
        type=event.subject,
        subject=str(event.entity_id),
        time=datetime.now(UTC),
        data=event,
    )
    data = payload or envelope.model_dump_json(exclude_none=True).encode()
    await jetstream.publish(event.subject, data, headers={"Nats-Msg-Id": str(event_id)})
    return event_id
