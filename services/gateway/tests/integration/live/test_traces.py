"""A stream's trace is over when the stream is open; what it asks for later is in traces of its own."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.otlp import Recording
from chassis.tracing import is_sampled
from contracts.notes.events import NoteExpired
from contracts.notes.rpc import GetWatchedNote, WatchedNote
from gateway.middleware import context

from .conftest import NOTE, said, state, until

pytestmark = pytest.mark.integration

OPENING, LATER = "GET /api/v1/note/{slug}/events", "stream /api/v1/note/{slug}/events"


async def test_an_open_stream_has_no_open_span_and_each_event_a_trace_of_its_own(start, emit, monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    asked = []

    def answer(_, travels):
        asked.append(travels.traceparent)
        return WatchedNote(id=NOTE, over=False, note=state())

    def traces(name):
        return [f"{one.context.trace_id:032x}" for one in exporter.get_finished_spans() if one.name == name]

    dice = [0.0]
    monkeypatch.setattr(context.random, "random", lambda: dice[0])
    tracing = Recording(provider.get_tracer("test"))
    gateway = await start({GetWatchedNote: answer}, tracing=tracing, trace_ratio=0.5)
    async with gateway.ask("note/watched/events", {}) as live:
        assert (await said(live))[0] == "snapshot"
        (opening,) = traces(OPENING)
        (span,) = [one for one in exporter.get_finished_spans() if one.name == OPENING]
        assert span.attributes["http.response.status_code"] == 200
        for dice[0] in (0, 0.9):
            await emit(NoteExpired(note_id=NOTE))
            assert (await said(live))[0] == "expired"
        (later,) = traces(LATER)
        assert traces(GetWatchedNote.subject) == [opening, opening, later]
        assert [is_sampled(one) for one in asked] == [True, True, True, False]
        ids = [one[3:35] for one in asked]
        assert ids[:3] == [opening, opening, later]
        assert len(set(ids)) == 3
    await until(lambda: gateway.metric("live_streams") == 0)
    assert len(traces(OPENING)) == 1
