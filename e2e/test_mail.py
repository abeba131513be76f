# ruff: noqa: PLR0917 - fixtures
"""Committed means delivered: from a request to the letter in a mailbox, and what stays behind of it."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import asyncpg
import nats
import pytest

pytestmark = pytest.mark.e2e

PASSWORD = "correct horse battery"
LINK = re.compile(r"http://\S+/verify#(\S+)")


class Mailbox:
    def __init__(self, folder):
        self._folder = folder

    def letters_to(self, address):
        files = sorted(self._folder.glob("*.eml"))
        letters = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [letter for letter in letters if letter["to"] == address]

    async def wait_for(self, address, count=1):
        """The latest letter to the address, once there are so many."""
        deadline = time.monotonic() + 20
        while len(letters := self.letters_to(address)) < count:
            assert time.monotonic() < deadline, f"{len(letters)} of {count} letters came"
            await asyncio.sleep(0.05)
        return letters[-1]


def text_of(letter):
    return letter.get_body(("plain",)).get_content()


@pytest.fixture
def mailbox(stack):
    return Mailbox(Path(stack.endpoints.mailbox))


@pytest.fixture
async def sign_up(api, mailbox):
    """Sign up, verify by the link in the mail, sign in; gives the address and the headers of the session."""

    async def sign_up(address=None, password=PASSWORD):
        address = address or f"{uuid4().hex}@example.com"
        credentials = {"email": address, "password": password}
        assert (await api.post("/api/v1/auth/signup", credentials)).status == 201
        letter = await mailbox.wait_for(address)
        token = LINK.search(text_of(letter))[1]
        assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200
        tokens = (await api.post("/api/v1/auth/signin", credentials)).json
        return address, {"Authorization": f"Bearer {tokens['access_token']}"}

    return sign_up


@pytest.fixture
async def jetstream(stack):
    client = await nats.connect(stack.endpoints.nats)
    yield client.jetstream()
    await client.close()


def operator(stack, *arguments):
    """An operator's command on the running stack."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "devstack.operator", f"--data-dir={stack.data}", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_sign_up_becomes_a_letter_whose_link_opens_the_account(sign_up, api):
    _, bearer = await sign_up()
    assert (await api.get("/api/v1/note", headers=bearer)).status == 200


async def test_who_signs_up_again_is_told_so_by_mail_alone(stack, sign_up, api, mailbox):
    address, _ = await sign_up()
    database = await asyncpg.connect(stack.endpoints.postgres["auth"])
    # Else the next letter would be within a minute of the last.
    try:
        await database.execute(
            """
            UPDATE letters SET created_at = created_at - interval '61 seconds',
                expires_at = expires_at - interval '61 seconds'
            """
        )
    finally:
        await database.close()

    repeated = await api.post("/api/v1/auth/signup", {"email": address, "password": PASSWORD + "!"})

    assert (repeated.status, repeated.json) == (201, {})
    letter = await mailbox.wait_for(address, count=2)
    assert LINK.search(text_of(letter)) is None


async def test_an_author_who_asked_for_it_is_told_when_the_note_is_opened(sign_up, write, view, mailbox):
    address, bearer = await sign_up()
    await view(await write(headers=bearer))  # did not ask
    path = await write(headers=bearer, notify=True)
    assert (await view(path)).status == 200

    letter = await mailbox.wait_for(address, count=2)

    assert letter["subject"] == "Your note was opened"
    assert path.rpartition("/")[2] not in letter.as_string()
    assert len(mailbox.letters_to(address)) == 2


async def test_a_lost_stream_is_refilled_and_no_effect_is_repeated(
    stack, sign_up, write, view, mailbox, jetstream
):
    before = datetime.now(UTC) - timedelta(minutes=5)
    address, bearer = await sign_up()
    await view(await write(headers=bearer, notify=True))
    await mailbox.wait_for(address, count=2)
    ids = await published(jetstream)

    await jetstream.delete_stream("EVENTS")
    # An event that is committed while there is no stream.
    late = await write(headers=bearer, notify=True)
    await view(late)
    operator(stack, "provision")
    operator(stack, "outbox-replay", before.isoformat())

    await mailbox.wait_for(address, count=3)
    deadline = time.monotonic() + 20
    while not {event for event, times in ids.items() if times} <= set(await published(jetstream)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await consumed(jetstream)
    letters = Counter(letter["message-id"] for letter in mailbox.letters_to(address))
    assert (len(letters), set(letters.values())) == (3, {1})


async def published(jetstream):
    """Events of the last minutes by id."""
    state = (await jetstream.stream_info("EVENTS")).state
    since = datetime.now(UTC) - timedelta(minutes=4)
    events = [
        json.loads((await jetstream.get_msg("EVENTS", seq=sequence)).data)
        for sequence in range(max(1, state.first_seq, state.last_seq - 500), state.last_seq + 1)
    ]
    return Counter(event["id"] for event in events if datetime.fromisoformat(event["time"]) > since)


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


async def test_a_letter_that_is_used_before_it_goes_is_not_sent(stack, api, mailbox, link_of):
    """The mailer stands still while the link, of which the sign-up's author cannot know yet, is used."""
    address = f"{uuid4().hex}@example.com"
    (pid,) = stack.endpoints.pids["mailer"]
    with stopped(pid):
        await api.post("/api/v1/auth/signup", {"email": address, "password": PASSWORD})
        token = (await link_of(address)).partition("#")[2]
        assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200

    database = await asyncpg.connect(stack.endpoints.postgres["mailer"])
    deadline = time.monotonic() + 45
    while not (
        states := await database.fetch(
            "SELECT state, reason FROM jobs WHERE user_id = $1 AND state <> 'due'",
            await user_id(stack, address),
        )
    ):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await database.close()
    assert [tuple(state) for state in states] == [("skipped", "letter_obsolete")]
    assert mailbox.letters_to(address) == []


async def user_id(stack, address):
    database = await asyncpg.connect(stack.endpoints.postgres["auth"])
    try:
        return await database.fetchval("SELECT id FROM users WHERE email_key = $1", address)
    finally:
        await database.close()


class stopped:  # noqa: N801 - used as a block
    """A process that stands still for the block."""

    def __init__(self, pid):
        self._pid = pid

    def __enter__(self):
        subprocess.run(["kill", "-STOP", str(self._pid)], check=True)

    def __exit__(self, *_):
        subprocess.run(["kill", "-CONT", str(self._pid)], check=True)


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
    await consumed(jetstream)

    places = await kept(stack, jetstream)
    places |= {log.name: log.read_text() for log in logs}
    for url in [url for urls in stack.endpoints.metrics.values() for url in urls]:
        places[url] = (await api.get(url)).text
    assert "note.revealed" in places["outbox of notes"]
    assert "note.reveal_refused" in places["stream EVENTS"]
    assert "note_opened" in places["jobs of mailer"]
    assert "mails_total" in "".join(places.values())
    secrets = (
        address,
        password,
        content,
        token,
        path.rpartition("/")[2],
        "canary wrong guess",
        bearer["Authorization"].split()[1],
    )
    for number, secret in enumerate(secrets):
        assert [(number, place) for place, text in places.items() if secret in text] == []


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
        state = (await jetstream.stream_info(stream)).state
        messages = [
            await jetstream.get_msg(stream, seq=sequence)
            for sequence in range(max(1, state.first_seq, state.last_seq - 200), state.last_seq + 1)
        ]
        places[f"stream {stream}"] = "\n".join(f"{each.headers} {each.data.decode()}" for each in messages)
    return places
