"""All streams of a gateway: whom an event reaches, and how many there may be."""

import asyncio
from uuid import uuid4

import pytest

from contracts.errors import ErrorCode, ServiceError
from gateway.live.hub import ASKS
from gateway.live.messages import EndReason

from .conftest import AUTHOR, SESSION, Notes, revealed, running


async def test_others_events_wake_nobody(hub):
    notes = Notes(uuid4())
    async with running(hub, notes) as (stream, reader, _):
        await reader.until(lambda told: told)
        hub.hear(revealed(uuid4(), author_id=uuid4()))
        hub.hear(revealed(uuid4(), author_id=None))
        assert not stream._pending
        hub.end_sessions([uuid4()])
        assert stream.reason is None


async def test_a_stream_that_begins_while_the_gateway_stops_ends_without_a_word(hub):
    hub.stop()
    async with running(hub, Notes(uuid4())) as (stream, reader, task):
        await task
        assert (stream.reason, reader.taken) == (EndReason.RESTARTING, [])


async def test_not_all_streams_ask_at_once(hub):
    notes = Notes(uuid4())
    all_of_them = [running(hub, notes) for _ in range(ASKS + 5)]
    opened = [await one.__aenter__() for one in all_of_them]
    for _, reader, _ in opened:
        await reader.until(lambda told: told)
    notes.asked.clear()
    notes.gate.clear()
    hub.refresh()
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(notes.asked) == ASKS
    notes.gate.set()
    for (_, reader, _), one in zip(opened, all_of_them, strict=True):
        await reader.until(lambda told: len(told) == 2)
        await one.__aexit__(None, None, None)


def test_one_stream_too_many_is_refused_and_a_place_that_was_left_is_free(hub, registry):
    with hub.place("a"):
        with hub.place("a"):
            with pytest.raises(ServiceError) as caught, hub.place("a"):
                pass
            assert caught.value.code is ErrorCode.OVERLOADED
            with hub.place("b"):
                assert registry.get_sample_value("live_streams") == 3
                with pytest.raises(ServiceError), hub.place("c"):
                    pass
        with hub.place("a"):
            pass
    assert registry.get_sample_value("live_streams") == 0
    assert hub._places == {}


def test_whom_nothing_reaches_any_more_is_forgotten(hub):
    with hub.listening(Notes().look, alone=False, to=[AUTHOR, SESSION]):
        assert set(hub._listening) == {AUTHOR, SESSION}
    assert (hub._listening, hub._all) == ({}, set())
