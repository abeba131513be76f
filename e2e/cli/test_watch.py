"""`onasty watch` beside the real server."""

import asyncio
import json

import pytest

from .conftest import WITHIN, ended

pytestmark = pytest.mark.e2e


@pytest.fixture
def watching(onasty):
    """`await watching(link)`: a process that has seen the snapshot."""

    async def watching(link: str):
        process = await onasty.start("watch", link, "--json")
        snapshot = json.loads(await asyncio.wait_for(process.stdout.readline(), WITHIN))
        assert (snapshot["event"], snapshot["note"]["state"]) == ("snapshot", "unread")
        return process

    return watching


def events(out: bytes) -> list[str]:
    return [json.loads(line)["event"] for line in out.splitlines()]


async def test_it_ends_when_the_note_was_read(onasty, watching):
    link = await onasty.send(b"secret")
    process = await watching(link)
    address, _, key = link.partition("#")
    assert (await onasty.run("read", f"{address}#{key[::-1][1:]}A")).code == 10
    assert (await onasty.run("read", link)).out == b"secret"
    watched = await ended(process)
    assert (watched.code, events(watched.out)) == (0, ["refused", "revealed"])
    assert (await onasty.run("watch", link)).code == 0


async def test_it_ends_when_the_note_is_burned(onasty, watching):
    link = await onasty.send(b"secret")
    process = await watching(link)
    assert (await onasty.run("burn", link)).code == 0
    watched = await ended(process)
    assert (watched.code, events(watched.out)) == (14, ["deleted"])


async def test_it_ends_when_the_note_expires(onasty, watching):
    link = await onasty.send(b"secret", "--expires", "5s")
    watched = await ended(await watching(link))
    assert (watched.code, events(watched.out)) == (5, ["expired"])


async def test_a_note_that_is_kept_is_watched_until_it_expires(onasty, watching):
    link = await onasty.send(b"secret", "--keep", "--expires", "6s")
    process = await watching(link)
    assert (await onasty.run("read", link)).out == b"secret"
    watched = await ended(process)
    assert (watched.code, events(watched.out)) == (0, ["revealed", "expired"])
    status = await onasty.run("status", link)
    assert b"views            any number\n" in status.out


async def test_ctrl_c_ends_it(onasty, watching):
    process = await watching(await onasty.send(b"secret"))
    process.send_signal(2)
    assert (await ended(process)).code == 130
