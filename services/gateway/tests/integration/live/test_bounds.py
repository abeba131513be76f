"""What streams may take, and how they end when it is not their note that ends."""

import asyncio
import socket
import time
from uuid import uuid4

import pytest

from contracts.auth.events import UserSessionsRevoked
from contracts.notes.events import NoteExpired
from contracts.notes.rpc import GetWatchedNote, ListWatchedNotes, WatchedNote, WatchedNotes
from gateway.live import hub

from .conftest import NOTE, PATIENCE, said, state, until

pytestmark = pytest.mark.integration

BIG = 200 * 1024


async def test_a_client_has_its_bound_and_one_that_left_makes_room_at_once(start, signed_in):
    gateway = await start(streams_per_client=2, heartbeat=20)
    me = signed_in()
    async with gateway.ask("events", me) as one, gateway.ask("note/watched/events", {}) as other:
        assert [(await said(answer))[0] for answer in (one, other)] == ["snapshot"] * 2
        async with gateway.ask("events", me) as third:
            assert third.status == 503
            assert third.headers["Retry-After"] == "1"
            assert (await third.json())["code"] == "overloaded"
        assert gateway.metric("live_streams") == 2
        # It holds no place among the requests in hand.
        assert gateway.metric("http_requests_in_hand") == 0
        one.close()
        await until(lambda: gateway.metric("live_streams") == 1)
        assert gateway.metric("live_streams_ended_total", reason="left") == 1
        async with gateway.ask("events", me) as third:
            assert (await said(third))[0] == "snapshot"


async def test_all_streams_together_have_a_bound(start, signed_in):
    gateway = await start(streams=1)
    async with gateway.ask("events", signed_in()) as one:
        assert (await said(one))[0] == "snapshot"
        async with gateway.ask("events", signed_in()) as other:
            assert (other.status, (await other.json())["code"]) == (503, "overloaded")


async def test_who_asks_while_too_many_do_is_answered_in_the_time_of_any_request(
    start, signed_in, monkeypatch
):
    monkeypatch.setattr(hub, "ASKS", 0)
    gateway = await start(request_timeout=0.2)
    async with gateway.ask("events", signed_in()) as one, gateway.ask("note/watched/events", {}) as other:
        for answer in (one, other):
            assert (answer.status, (await answer.json())["code"]) == (503, "timeout")
    assert gateway.metric("live_streams") == 0


async def test_opening_takes_the_time_of_one_request_however_often_notes_is_asked(start):
    async def slowly(*_):
        await asyncio.sleep(0.3)
        return WatchedNote(id=NOTE, over=False, note=state())

    gateway = await start({GetWatchedNote: slowly}, request_timeout=0.5)
    async with gateway.ask("note/watched/events", {}) as answer:
        assert answer.status == 503
        assert (await answer.json())["code"] == "timeout"


async def test_a_session_that_ends_while_its_stream_is_opened_ends_that(start, emit, signed_in):
    author, session = uuid4(), uuid4()
    asked = []

    async def ended_meanwhile(request, _):
        asked.append(request)
        if len(asked) == 1:
            await emit(UserSessionsRevoked(user_id=author, session_ids=[session]))
            while gateway.metric("revoked_sessions") == before:
                await asyncio.sleep(0.01)
        return WatchedNote(id=NOTE, over=False, note=state())

    gateway = await start({GetWatchedNote: ended_meanwhile})
    # Those of other tests are told anew to each gateway.
    before = gateway.metric("revoked_sessions")
    async with gateway.ask("note/watched/events", signed_in(author, session)) as answer:
        assert answer.status == 200
        assert await said(answer) == ("end", {"reason": "session_ended"})
    # What it would show is not asked for any more.
    assert len(asked) == 1


async def test_a_large_body_beside_the_question_keeps_no_turn(start, signed_in):
    gateway = await start(large_bodies=1, body_timeout=1)
    body = b"x" * BIG
    async with (
        gateway.ask("events", signed_in(), data=body) as one,
        gateway.ask("events", signed_in(), data=body) as two,
    ):
        assert [(await said(answer))[0] for answer in (one, two)] == ["snapshot"] * 2


async def test_a_gateway_stops_at_once_and_says_so(start, signed_in):
    gateway = await start()
    async with gateway.ask("events", signed_in()) as one, gateway.ask("note/watched/events", {}) as other:
        assert [(await said(answer))[0] for answer in (one, other)] == ["snapshot"] * 2
        began = time.monotonic()
        await gateway.stop()
        assert time.monotonic() - began < 2
        for answer in (one, other):
            assert await said(answer) == ("end", {"reason": "restarting"})
            assert await answer.content.read() == b""


async def test_streams_end_before_their_connections(start, signed_in):
    gateway = await start(drain_timeout=2)
    async with gateway.ask("events", signed_in()) as answer:
        assert (await said(answer))[0] == "snapshot"
        stop = asyncio.create_task(gateway.stop())
        assert await said(answer) == ("end", {"reason": "restarting"})
        assert await answer.content.read() == b""
        # What the client may ask next over the same connection is still awaited.
        assert not stop.done()
        await stop


@pytest.fixture
def unread():
    """A connection whose peer takes as little as the system allows."""
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield peer


@pytest.mark.parametrize("way", ["its session ends", "the gateway stops", "it goes away"])
async def test_who_reads_nothing_gets_no_more_than_a_bound_and_cannot_stay(
    start, emit, unread, way, capsys, signed_in
):
    note = WatchedNote(id=NOTE, over=False, note=state("x" * BIG))
    gateway = await start({ListWatchedNotes: WatchedNotes(notes=[note])})
    author, session = uuid4(), uuid4()
    unread.connect(("127.0.0.1", gateway.port))
    (bearer,) = signed_in(author, session).items()
    unread.sendall("GET /api/v1/events HTTP/1.1\r\nHost: a\r\n{}: {}\r\n\r\n".format(*bearer).encode())
    await until(lambda: gateway.metric("live_streams") == 1)
    deadline = time.monotonic() + 3 * PATIENCE
    while not gateway.metric("live_events_dropped_total"):
        assert time.monotonic() < deadline, "somebody reads"
        await emit(NoteExpired(note_id=NOTE, author_id=author))
    assert gateway.metric("live_streams") == 1
    ended = time.monotonic()
    if way == "the gateway stops":
        await gateway.stop()
        assert time.monotonic() - ended < 2
    elif way == "it goes away":
        unread.close()
        await until(lambda: gateway.metric("live_streams_ended_total", reason="left") == 1)
        assert "a request failed" not in capsys.readouterr().out
    else:
        await emit(UserSessionsRevoked(user_id=author, session_ids=[session]))
        await until(lambda: gateway.metric("live_streams") == 0)
        assert time.monotonic() - ended < 1
        assert gateway.metric("live_streams_ended_total", reason="session_ended") == 1
        await until(lambda: gateway.metric("http_connections") == 0)
