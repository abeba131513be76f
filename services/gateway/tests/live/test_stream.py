"""One stream: what a slow reader, notes that are away and the end of things do to it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.errors import ErrorCode, ServiceError
from contracts.notes.events import NoteRevealRefused
from gateway.live import stream as streams
from gateway.live.messages import EndReason
from gateway.live.speaker import Speaker
from gateway.live.stream import PENDING

from .conftest import AUTHOR, SESSION, Notes, envelope, revealed, running, until_nothing_waits


async def test_what_came_while_the_reader_was_slow_is_asked_for_once(hub):
    one, two = uuid4(), uuid4()
    notes = Notes(one, two)
    async with running(hub, notes) as (_, reader, _):
        await reader.until(lambda told: told)
        for id in (one, two, one):
            hub.hear(revealed(id))
        await reader.until(lambda told: len(told) == 4)
        assert [about for _, about in reader.told[1:]] == [[str(one)], [str(two)], [str(one)]]
        assert len(notes.asked) == 2
        assert set(notes.asked[1]) == {one, two}


async def test_a_slow_reader_is_told_a_snapshot_instead_of_more_than_waits_for_it(hub, registry):
    notes = Notes(note := uuid4())
    async with running(hub, notes) as (stream, reader, _):
        reader.gate.clear()
        await reader.until(lambda told: told)
        for _ in range(PENDING + 1):
            hub.hear(revealed(note))
        assert len(stream._pending) == 0
        hub.hear(revealed(note))
        reader.gate.set()
        await reader.until(lambda told: len(told) == 3)
        assert [name for name, _ in reader.told] == ["snapshot", "snapshot", "revealed"]
    assert registry.get_sample_value("live_events_dropped_total") == PENDING + 1


async def test_a_note_that_notes_does_not_give_is_not_told_of(hub):
    notes = Notes(own := uuid4())
    async with running(hub, notes) as (_, reader, _):
        # As if an event had come to the wrong one.
        hub.hear(revealed(uuid4()))
        hub.hear(revealed(own))
        await reader.until(lambda told: len(told) == 2)
        assert reader.told[1] == ("revealed", [str(own)])


async def test_while_notes_is_away_it_rests_longer_and_longer_and_then_tells_the_whole_state(
    hub, monkeypatch
):
    rests = []

    def at_once(*between):
        rests.append(between)
        return 0

    monkeypatch.setattr(streams.random, "uniform", at_once)
    notes = Notes(note := uuid4())
    async with running(hub, notes) as (_, reader, _):
        await reader.until(lambda told: told)
        away = ServiceError(ErrorCode.UNAVAILABLE, "away")
        notes.refusals = [away, ServiceError(ErrorCode.TIMEOUT, "late"), *[away] * 4]
        hub.hear(revealed(note))
        await reader.until(lambda told: len(told) == 2)
        assert [name for name, _ in reader.told] == ["snapshot", "snapshot"]
        assert rests == [(0.5, 1), (1, 2), (2, 4), (4, 8), (7.5, 15), (7.5, 15)]
        notes.refusals = [away]
        hub.hear(revealed(note))
        await reader.until(lambda told: len(told) == 3)
        assert rests[6:] == [(0.5, 1)]


async def test_a_note_that_is_forgotten_ends_its_stream(hub):
    notes = Notes(note := uuid4())
    async with running(hub, notes, alone=True, to=[note]) as (stream, _, task):
        notes.refusals = [ServiceError(ErrorCode.NOTE_NOT_FOUND, "gone")]
        hub.hear(revealed(note))
        await task
        assert stream.reason is EndReason.OVER


async def test_one_note_ends_its_own_stream_and_no_authors(hub):
    note = uuid4()
    alone, all_of_them = Notes(note), Notes(note)
    async with (
        running(hub, all_of_them) as (_, author, _),
        running(hub, alone, alone=True, to=[note]) as (stream, reader, task),
    ):
        alone.over = all_of_them.over = True
        hub.hear(revealed(note))
        await task
        assert (stream.reason, reader.told[-1]) == (EndReason.OVER, ("revealed", [str(note)]))
        await author.until(lambda told: len(told) == 2)
        hub.hear(revealed(note))
        await author.until(lambda told: len(told) == 3)


async def test_a_state_that_is_ahead_of_its_events_waits_for_the_one_that_ended_it(hub):
    notes = Notes(note := uuid4())
    async with running(hub, notes, alone=True, to=[note]) as (stream, reader, task):
        await reader.until(lambda told: told)
        notes.over = True
        hub.hear(envelope(NoteRevealRefused(note_id=note, author_id=AUTHOR, refused_attempts=1)))
        await reader.until(lambda told: len(told) == 2)
        assert stream.reason is None
        hub.hear(revealed(note))
        await task
        assert [name for name, _ in reader.told] == ["snapshot", "refused", "revealed"]
        assert stream.reason is EndReason.OVER


async def test_it_waits_no_longer_for_that_than_a_bound_and_then_says_what_is_true(hub, monkeypatch):
    monkeypatch.setattr(streams, "ENDING_WITHIN", 0.01)
    notes = Notes(note := uuid4())
    async with running(hub, notes, alone=True, to=[note]) as (stream, reader, task):
        await reader.until(lambda told: told)
        notes.over = True
        hub.hear(envelope(NoteRevealRefused(note_id=note, author_id=AUTHOR, refused_attempts=1)))
        async with asyncio.timeout(5):
            await task
        assert [name for name, _ in reader.told] == ["snapshot", "refused", "snapshot"]
        assert stream.reason is EndReason.OVER


async def test_a_note_is_looked_at_when_its_time_is_up(hub, monkeypatch):
    monkeypatch.setattr(streams, "AFTER_EXPIRY", 0.01)
    notes = Notes(note := uuid4())
    notes.expires_at = datetime.now(UTC) + timedelta(seconds=0.2)
    async with running(hub, notes, alone=True, to=[note]) as (stream, reader, task):
        await reader.until(lambda told: told)
        notes.over = True
        async with asyncio.timeout(5):
            await task
        assert datetime.now(UTC) >= notes.expires_at
        assert [name for name, _ in reader.told] == ["snapshot", "snapshot"]
        assert stream.reason is EndReason.OVER


async def test_a_look_that_was_arranged_is_given_up_for_a_later_one_and_at_the_end(hub):
    notes = Notes(note := uuid4())
    notes.expires_at = datetime.now(UTC) + timedelta(hours=1)
    async with running(hub, notes, alone=True, to=[note]) as (stream, reader, _):
        await reader.until(lambda told: stream._timer)
        first = stream._timer
        stream.refresh()
        await reader.until(lambda told: stream._timer is not first)
        assert first.cancelled()
        last = stream._timer
    assert last.cancelled()


@pytest.mark.parametrize("stuck", ["waiting", "writing", "asking"])
@pytest.mark.parametrize("reason", [EndReason.SESSION_ENDED, EndReason.RESTARTING])
async def test_it_ends_whatever_it_is_doing(hub, stuck, reason):
    notes = Notes(note := uuid4())
    async with running(hub, notes) as (stream, reader, task):
        await reader.until(lambda told: told)
        if stuck == "writing":
            reader.gate.clear()
        if stuck == "asking":
            notes.gate.clear()
        hub.hear(revealed(note))
        await reader.until(lambda told: len(told) == 2 or len(notes.asked) == 2)
        hub.end_sessions([SESSION]) if reason is EndReason.SESSION_ENDED else hub.stop()
        async with asyncio.timeout(5):
            await task
        assert stream.reason is reason
        await until_nothing_waits()
        # What comes later changes nothing.
        stream.end(None)
        assert stream.reason is reason


async def test_a_timeout_of_the_connection_is_not_taken_for_its_end(hub):
    async def broken(_):
        raise TimeoutError

    with hub.listening(Notes().look, alone=False, to=[AUTHOR]) as stream, pytest.raises(TimeoutError):
        await stream.run(Speaker(broken, 60, hub.metrics))
