"""`onasty watch` beside the real server."""

import asyncio
import json

import pytest

from .conftest import WITHIN, ended, slug_of

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


async def test_it_ends_when_the_note_expires(onasty, watching, database):
    # One that is kept was read if anybody read it: its views are not counted.
    links = [await onasty.send(b"secret", "--expires", "1h", *keep) for keep in ([], ["--keep"])]
    unread, kept = [await watching(link) for link in links]
    assert (await onasty.run("read", links[1])).out == b"secret"
    assert b"views            any number\n" in (await onasty.run("status", links[1])).out
    slugs = [slug_of(link) for link in links]
    over = "UPDATE notes SET expires_at = now(), erase_at = now() WHERE slug = ANY ($1)"
    await database.execute(over, slugs)
    watched = await ended(unread)
    assert (watched.code, events(watched.out)) == (5, ["expired"])
    watched = await ended(kept)
    assert (watched.code, events(watched.out)) == (0, ["revealed", "expired"])


async def test_ctrl_c_ends_it(onasty, watching):
    process = await watching(await onasty.send(b"secret"))
    process.send_signal(2)
    assert (await ended(process)).code == 130
