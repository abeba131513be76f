"""A stream is never silent for long, and never says more than it must."""

import asyncio
from uuid import uuid4

import pytest

from contracts.errors import ErrorCode, ServiceError
from gateway.live import stream as streams
from gateway.live.hub import ASKS
from gateway.live.messages import HEARTBEAT
from gateway.live.metrics import LiveMetrics
from gateway.live.speaker import Speaker

from .conftest import Notes, revealed, running


async def test_silence_is_broken_by_a_comment(hub):
    async with running(hub, Notes(uuid4()), heartbeat=0.01) as (_, reader, _):
        await three_heartbeats(reader)


class MovedClock(asyncio.SelectorEventLoop):
    """A loop whose time passes as a test wants."""

    passed = 0.0

    def time(self):
        return super().time() + self.passed


def test_a_comment_comes_once_in_each_silence_and_none_soon_after_a_message(hub):
    with asyncio.Runner(loop_factory=MovedClock) as runner:
        runner.run(comments_and_a_message(hub, runner.get_loop()))


async def comments_and_a_message(hub, clock):
    async with running(hub, Notes(note := uuid4()), heartbeat=1000) as (_, reader, _):

        async def comments_after(seconds):
            clock.passed += seconds
            # What it has to say it has said by then, and said again if it says too much.
            for _ in range(100):
                await asyncio.sleep(0)
            return reader.taken.count(HEARTBEAT)

        await reader.until(lambda told: told)
        assert [await comments_after(1001) for _ in range(3)] == [1, 2, 3]
        assert await comments_after(600) == 3
        hub.hear(revealed(note))
        await reader.until(lambda told: len(told) == 2)
        assert [await comments_after(600) for _ in range(2)] == [3, 4]


@pytest.mark.parametrize("told", ["revealed", "snapshot"])
@pytest.mark.parametrize("waiting", ["for notes", "for its turn"])
async def test_it_is_not_silent_while_it_waits_for_a_state(hub, waiting, told):
    notes = Notes(note := uuid4())
    async with running(hub, notes, heartbeat=0.01) as (stream, reader, _):
        await reader.until(lambda told: told)
        if waiting == "for notes":
            notes.gate.clear()
        else:
            for _ in range(ASKS):
                await hub.asking.acquire()
        if told == "revealed":
            hub.hear(revealed(note))
        else:
            hub.refresh()
        await reader.until(lambda _: not stream._pending and not stream._stale)
        await three_heartbeats(reader)
        notes.gate.set()
        hub.asking.release()
        await reader.until(lambda all_of_it: all_of_it[1:] == [(told, [str(note)])])


async def test_it_is_not_silent_while_it_rests(hub, monkeypatch):
    rests = []

    def long(*between):
        rests.append(between)
        return 3600

    monkeypatch.setattr(streams.random, "uniform", long)
    notes = Notes(note := uuid4())
    async with running(hub, notes, heartbeat=0.01) as (_, reader, _):
        await reader.until(lambda told: told)
        notes.refusals = [ServiceError(ErrorCode.UNAVAILABLE, "away")]
        hub.hear(revealed(note))
        await reader.until(lambda _: rests)
        await three_heartbeats(reader)


async def test_silences_of_several_waits_do_not_add_up(registry):
    written = []

    async def write(data):
        written.append(data)

    async def wait():
        await asyncio.sleep(0.03)

    speaker = Speaker(write, 0.05, LiveMetrics(registry, lambda: 0))
    for _ in range(3):
        await speaker.wait(wait())
    assert HEARTBEAT in written


async def three_heartbeats(reader):
    wanted = reader.taken.count(HEARTBEAT) + 3
    async with asyncio.timeout(5):
        while reader.taken.count(HEARTBEAT) < wanted:
            await asyncio.sleep(0.01)
