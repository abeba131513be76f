"""What travels between the parts, and what they keep beside the data itself, holds no secret."""

import asyncio
import json
import time
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from contracts.auth.events import UserSignedUp

from .letters import LINK, consumed, publish, text_of

pytestmark = pytest.mark.e2e


async def test_nothing_that_travels_or_stays_holds_a_secret(
    stack, api, sign_up, mailbox, jetstream, logs, write, view
):
    address = f"canary{uuid4().hex}@example.com"
    password, content = f"canary {uuid4().hex}", f"canary {uuid4().hex}"
    _, bearer = await sign_up(address, password)
    token = LINK.search(text_of(mailbox.letters_to(address)[0]))[1]
    path = await write(content, headers=bearer, notify=True, password=password, slug=f"canary-{uuid4().hex}")
    await view(path, password="canary wrong guess")
    assert (await view(path, password=password)).status == 200
    await mailbox.wait_for(address, count=2)
    session = (await api.post("/api/v1/auth/signin", {"email": address, "password": password})).json
    await publish(jetstream, UserSignedUp(user_id=(broken := uuid4())), broken_payload(broken))
    await dead_letter(jetstream, str(broken))
    await consumed(jetstream)

    places = await kept(stack, jetstream)
    places |= {log.name: log.read_text() for log in logs}
    for url in [url for urls in stack.endpoints.metrics.values() for url in urls]:
        places[url] = (await api.get(url)).text
    assert "note.revealed" in places["outbox of notes"]
    assert "note.reveal_refused" in places["stream EVENTS"]
    assert "note_opened" in places["jobs of mailer"]
    assert str(broken) in places["stream DEAD_LETTERS"]
    assert "mails_total" in "".join(places.values())
    secrets = (
        address,
        password,
        content,
        token,
        path.rpartition("/")[2],
        "canary wrong guess",
        bearer["Authorization"].split()[1],
        session["access_token"],
        session["refresh_token"],
    )
    for number, secret in enumerate(secrets):
        assert [(number, place) for place, text in places.items() if secret in text] == []


def broken_payload(number):
    """No event, whatever it says it is."""
    now = datetime.now(UTC).isoformat()
    return json.dumps({"specversion": "1.0", "id": str(number), "time": now, "data": {}}).encode()


async def dead_letter(jetstream, text):
    """Until a dead letter holds the text."""
    deadline = time.monotonic() + 30
    while text not in "".join(await messages(jetstream, "DEAD_LETTERS")):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def kept(stack, jetstream):
    """What lies in outboxes, inboxes, jobs and streams, as text."""
    tables = {"auth": ["outbox"], "notes": ["outbox", "inbox"], "mailer": ["inbox", "jobs"]}
    places = {}
    for service, names in tables.items():
        database = await asyncpg.connect(stack.endpoints.postgres[service])
        for name in names:
            rows = await database.fetch(f"SELECT kept::text FROM {name} AS kept")
            places[f"{name} of {service}"] = "\n".join(str(dict(row)) for row in rows)
        await database.close()
    for stream in ("EVENTS", "DEAD_LETTERS"):
        places[f"stream {stream}"] = "\n".join(await messages(jetstream, stream))
    return places


async def messages(jetstream, stream):
    """The latest 200 of a stream, as text."""
    state = (await jetstream.stream_info(stream)).state
    found = [
        await jetstream.get_msg(stream, seq=sequence)
        for sequence in range(max(1, state.first_seq, state.last_seq - 200), state.last_seq + 1)
    ]
    return [f"{each.headers} {each.data.decode()}" for each in found]
