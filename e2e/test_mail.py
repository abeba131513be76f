"""Committed means delivered: from a request to the letter in a mailbox, and what stays behind of it."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from .letters import LINK, PASSWORD, consumed, text_of

pytestmark = pytest.mark.e2e


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
    # Nothing of earlier tests: `published` looks at the newest events alone.
    before = datetime.now(UTC) - timedelta(seconds=1)
    address, bearer = await sign_up()
    await view(await write(headers=bearer, notify=True))
    await mailbox.wait_for(address, count=2)
    author = str(await user_id(stack, address))
    before_the_loss = await published(jetstream, author)
    assert len(before_the_loss) == 4  # signed up, verified, created, revealed

    await jetstream.delete_stream("EVENTS")
    # An event that is committed while there is no stream.
    late = await write(headers=bearer, notify=True)
    await view(late)
    operator(stack, "provision")
    operator(stack, "outbox-replay", "--since", before.isoformat())

    await mailbox.wait_for(address, count=3)
    deadline = time.monotonic() + 60
    while not before_the_loss < await published(jetstream, author):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await consumed(jetstream)
    letters = Counter(letter["message-id"] for letter in mailbox.letters_to(address))
    assert (len(letters), set(letters.values())) == (3, {1})


async def published(jetstream, author):
    """Ids of the events about an author and the author's notes."""
    state = (await jetstream.stream_info("EVENTS")).state
    events = [
        json.loads((await jetstream.get_msg("EVENTS", seq=sequence)).data)
        for sequence in range(max(1, state.first_seq, state.last_seq - 500), state.last_seq + 1)
    ]
    return {event["id"] for event in events if author in str(event.get("data"))}


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
