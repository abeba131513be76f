"""What happens to notes reaches who may know, at once, and nobody else."""

import asyncio
import random
import time
from itertools import cycle

import aiohttp
import pytest

from .conftest import claim, proof, slug_of
from .streams import DESCRIBED, watching

pytestmark = pytest.mark.e2e

AUTHORS = 50


@pytest.fixture
async def watch(stack):
    """`await watch("note/SLUG/events", headers)`: at each gateway in turn."""
    gateways = cycle(stack.endpoints.gateways)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        watching(session) as opened,
    ):

        async def at_the_next(path, headers, gateway=None):
            return await opened(f"{gateway or next(gateways)}/api/v1/{path}", headers)

        yield at_the_next


def events_of(path):
    return f"note/{slug_of(path)}/events"


async def test_a_note_is_told_of_from_its_snapshot_to_its_end(api, watch, write, view):
    token = proof()
    path = await write(password="right", manage_token=token)
    live = await watch(events_of(path), {"Onasty-Manage-Token": token})
    snapshot = await live.until("snapshot")
    status = await api.get(f"{path}/status", headers={"Onasty-Manage-Token": token})
    assert snapshot.data == {"note": status.json}
    await view(path, password="wrong")
    refused = await live.until("refused")
    assert refused.data["note"]["refused_attempts"] == 1
    read = await view(path, password="right", claim=claim())
    revealed = await live.until("revealed")
    assert revealed.data["note"]["state"] == "revealed"
    assert revealed.data["note"]["read_at"] == read.json["read_at"] == revealed.data["time"]
    assert await live.end() == "over"
    # Asked again, it is over at once.
    again = await watch(events_of(path), {"Onasty-Manage-Token": token})
    assert (await again.next()).data["note"] == revealed.data["note"]
    assert await again.end() == "over"


async def test_an_answer_that_streams_has_the_headers_of_any_other(stack, watch, write, user):
    author = user()
    path = await write(headers=author)
    asked = author | {"X-Request-Id": "asked-by-a-script"}
    headers = (await watch(events_of(path), asked)).response.headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["X-Request-Id"] == "asked-by-a-script"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "general" in headers["RateLimit"]
    assert headers["Server"] == "onasty"


async def test_an_author_is_told_of_everything_by_every_gateway(api, stack, watch, write, view, user):
    author = user()
    before = await write(headers=author, max_views=2)
    lives = [await watch("events", author, gateway) for gateway in stack.endpoints.gateways]
    for live in lives:
        assert [note["slug"] for note in (await live.next()).data["notes"]] == [slug_of(before)]

    async def told(what, path):
        said = [await live.until(what, slug_of(path)) for live in lives]
        assert len({one.id for one in said}) == 1
        return said[0].data["note"]

    path = await write(headers=author, password="right")
    assert (await told("created", path))["state"] == "unread"
    await view(path, password="wrong")
    assert (await told("refused", path))["refused_attempts"] == 1
    await view(before)
    assert (await told("revealed", before))["views_taken"] == 1
    await api.call("DELETE", path, headers=author)
    assert "deleted_at" in await told("deleted", path)
    # What is deleted is in no list, and so in no snapshot.
    again = await watch("events", author)
    assert [note["slug"] for note in (await again.next()).data["notes"]] == [slug_of(before)]


async def test_a_deleted_note_says_so_to_who_watched_it_and_then_to_who_asks(api, watch, write, user):
    author = user()
    path = await write(headers=author)
    live = await watch(events_of(path), author)
    assert "deleted_at" not in (await live.until("snapshot")).data["note"]
    await api.call("DELETE", path, headers=author)
    assert "deleted_at" in (await live.until("deleted")).data["note"]
    assert await live.end() == "over"
    again = await watch(events_of(path), author)
    assert "deleted_at" in (await again.next()).data["note"]
    assert await again.end() == "over"


async def test_a_stream_that_is_opened_again_shows_the_true_state_at_once(watch, write, view, user):
    author = user()
    path = await write(headers=author, max_views=3)
    live = await watch(events_of(path), author)
    assert (await live.until("snapshot")).data["note"]["views_taken"] == 0
    live.response.close()
    await view(path)
    await view(path)
    for where in (events_of(path), "events"):
        snapshot = (await (await watch(where, author)).next()).data
        (note,) = snapshot["notes"] if "notes" in snapshot else [snapshot["note"]]
        assert note["views_taken"] == 2


async def test_nobody_else_may_watch(api, write, user, account):
    token, author = proof(), user()
    path, other = await write(manage_token=token), await write(headers=author, manage_token=proof())
    unknown = "/api/v1/note/never-was-there"
    asked = [
        (path, {}),
        (path, user()),
        (path, {"Onasty-Manage-Token": proof()}),
        (other, {"Onasty-Manage-Token": token}),
        (other, user() | {"Onasty-Manage-Token": token}),
        (unknown, {"Onasty-Manage-Token": token}),
        (unknown, author),
    ]
    for note, headers in asked:
        refused = await api.get(f"{note}/events", headers=headers)
        assert (refused.status, refused.json["code"]) == (404, "note_not_found")
        DESCRIBED.check("note_events", refused)
    nobody = await api.get("/api/v1/events")
    assert (nobody.status, nobody.json["code"]) == (401, "unauthenticated")
    DESCRIBED.check("own_events", nobody)
    malformed = await api.get(f"{path}/events", headers={"Onasty-Manage-Token": "short"})
    assert (malformed.status, malformed.json["code"]) == (400, "invalid_request")
    # A manage token is of a note, and of no author.
    assert (await api.get("/api/v1/events", headers={"Onasty-Manage-Token": token})).status == 401


async def test_each_of_fifty_authors_sees_exactly_their_own(api, watch, write, view, user):
    authors = [user() for _ in range(AUTHORS)]
    lives = [await watch("events", author) for author in authors]
    for live in lives:
        assert (await live.next()).data == {"notes": []}
    order = [number for number in range(AUTHORS) for _ in range(3)]
    random.Random(7).shuffle(order)
    paths = await asyncio.gather(*(write(headers=authors[number]) for number in order))
    await asyncio.gather(*(view(path) for path in paths))
    theirs = [set() for _ in authors]
    for number, path in zip(order, paths, strict=True):
        theirs[number] |= {("created", slug_of(path)), ("revealed", slug_of(path))}
    for live, wanted in zip(lives, theirs, strict=True):
        told = set()
        while wanted - told:
            told.add((await live.next()).about)
        assert told == wanted
    # Whatever else went astray comes before what happens last.
    last = [await write(headers=author) for author in authors]
    for live, wanted, path in zip(lives, theirs, last, strict=True):
        while (said := (await live.next()).about) != ("created", slug_of(path)):
            assert said in wanted


async def test_a_stream_ends_within_a_second_of_its_session(api, stack, watch, write, account, sign_in):
    here = await account()
    there = await sign_in(here.email)
    path = await write(headers=here.headers)
    ending = [await watch("events", here.headers, gateway) for gateway in stack.endpoints.gateways]
    ending.append(await watch(events_of(path), here.headers))
    going_on = await watch("events", there.headers)
    for live in (*ending, going_on):
        await live.until("snapshot")
    await api.post("/api/v1/auth/logout", {"refresh_token": here.refresh_token}, headers=here.headers)
    out = time.monotonic()
    for live in ending:
        assert (await live.until("end", within=out + 1 - time.monotonic())).data["reason"] == "session_ended"
    await write(headers=there.headers)
    await going_on.until("created")


async def test_a_stream_ends_with_its_access_token(watch, write, user):
    author = user(lasting=2)
    path = await write(headers=author)
    lives = [await watch("events", author), await watch(events_of(path), author)]
    for live in lives:
        assert (await live.until("end", within=3)).data["reason"] == "token_expired"
