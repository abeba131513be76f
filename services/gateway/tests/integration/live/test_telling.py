"""What is told, and what a lost consumer changes."""

from uuid import uuid4

import aiohttp
import nats
import pytest

from contracts.notes.events import NoteExpired
from contracts.notes.rpc import GetWatchedNote, ListWatchedNotes, NoteCount, WatchedNote, WatchedNotes

from .conftest import NOTE, said, state, until

pytestmark = pytest.mark.integration


async def test_a_stream_that_has_nothing_to_say_says_so(start, signed_in):
    gateway = await start(heartbeat=0.05)
    async with gateway.ask("events", signed_in()) as live:
        assert [await said(live) for _ in range(3)][1:] == [("heartbeat", None)] * 2


async def test_what_happens_after_a_loss_of_the_consumer_is_preceded_by_a_snapshot(
    start, emit, servers, signed_in
):
    gateway = await start()
    author = uuid4()
    async with gateway.ask("events", signed_in(author)) as live:
        assert (await said(live))[0] == "snapshot"
        admin = await nats.connect(servers.nats)
        js = admin.jetstream()
        for info in await js.consumers_info("EVENTS"):
            if not info.config.durable_name:
                await js.delete_consumer("EVENTS", info.name)
        await admin.close()
        await until(lambda: gateway.runtime.health.report()[1]["live"] != "ok")
        assert (await said(live))[0] == "snapshot"
        assert gateway.runtime.metrics.get_sample_value("nats_permission_violations_total") == 0


async def test_all_streams_share_one_consumer(start, servers, signed_in):
    admin = await nats.connect(servers.nats)

    async def consumers():
        return [
            info.name
            for info in await admin.jetstream().consumers_info("EVENTS")
            if info.config.filter_subject == "events.notes.v1.note.*"
        ]

    before = await consumers()
    gateway = await start()
    async with gateway.ask("events", signed_in()) as one, gateway.ask("note/watched/events", {}) as other:
        assert [(await said(answer))[0] for answer in (one, other)] == ["snapshot"] * 2
        assert len(set(await consumers()) - set(before)) == 1
    await admin.close()


async def test_a_note_that_expired_is_told_of(start, emit):
    gateway = await start()
    async with gateway.ask("note/watched/events", {}) as live:
        assert (await said(live))[0] == "snapshot"
        await emit(NoteExpired(note_id=uuid4()))
        await emit(NoteExpired(note_id=NOTE))
        name, data = await said(live)
        assert (name, data["note"]["slug"]) == ("expired", "watched")


async def test_a_slug_that_another_note_has_by_now_tells_nothing_of_it(start, emit):
    answers = iter([NOTE, NOTE, uuid4()])
    gateway = await start(
        {GetWatchedNote: lambda *_: WatchedNote(id=next(answers), over=False, note=state())}
    )
    async with gateway.ask("note/watched/events", {}) as live:
        assert (await said(live))[0] == "snapshot"
        await emit(NoteExpired(note_id=NOTE))
        assert await said(live) == ("end", {"reason": "over"})


async def test_a_defect_cuts_the_stream_and_says_nothing_on_it(start, emit, capsys, signed_in):
    author = uuid4()
    note = WatchedNote(id=NOTE, over=False, note=state())
    # Never so by its contract: a reply of nothing but the first.
    replies = iter([WatchedNotes(notes=[note])])
    gateway = await start({ListWatchedNotes: lambda *_: next(replies, NoteCount(created=1))})
    async with gateway.ask("events", signed_in(author)) as live:
        assert (await said(live))[0] == "snapshot"
        await emit(NoteExpired(note_id=NOTE, author_id=author))
        with pytest.raises(aiohttp.ClientPayloadError):
            assert await live.content.read() == b""
    await until(lambda: gateway.metric("live_streams_ended_total", reason="failed") == 1)
    assert "a request failed" in capsys.readouterr().out
