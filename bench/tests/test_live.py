"""What keeps the measurement of live updates from being one, in a line."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace

import pytest

from bench import live
from bench.errors import BenchError

NOTE = b'HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{"slug":"a"}'
VIEWED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
FAILED = b"HTTP/1.1 500 Failed\r\nContent-Length: 0\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\n\r\nevent: snapshot\ndata: {}\n\n"
EVENT = b"event: revealed\ndata: {}\n\n"


@asynccontextmanager
async def gateway(*, note=NOTE, stream=STREAM, viewed=VIEWED, event=EVENT):
    """A stack whose gateway answers so; None hangs up."""
    streams = []

    async def serve(reader, writer):
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                if request.startswith(b"GET"):
                    streams.append(writer)
                    answer = stream
                elif b"/view " in request:
                    await reader.readexactly(2)
                    answer = viewed
                    if event is None:
                        streams[0].close()
                    else:
                        streams[0].write(event)
                else:
                    await reader.readuntil(b"}")
                    answer = note
                if answer is None:
                    break
                writer.write(answer)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield SimpleNamespace(host="127.0.0.1", port=listening.sockets[0].getsockname()[1])


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in {"STREAMS": 1, "EVENTS": 3, "PAUSE": 0, "WITHIN": 0.2}.items():
        monkeypatch.setattr(live, name, value)


async def test_each_event_is_counted_from_the_request_and_from_its_answer():
    async with gateway() as stack:
        taken = await live._measure(stack)
    assert {since: len(seconds) for since, seconds in taken.items()} == {"request": 3, "answer": 3}
    assert min(taken["request"]) > 0


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"note": FAILED}, "a note was answered 500, not 201."),
        ({"note": None}, "a note was answered 0, not 201."),
        ({"stream": FAILED}, "a stream did not come within 0.2 s."),
        ({"stream": None}, "the gateway hung up before a stream came."),
        ({"viewed": FAILED, "event": b""}, "a note was answered 500, not 200."),
        ({"event": b""}, "an event did not come within 0.2 s."),
        ({"event": None}, "the gateway hung up before an event came."),
    ],
)
async def test_what_fails_is_said(answers, said):
    async with gateway(**answers) as stack:
        with pytest.raises(BenchError) as caught:
            await live._measure(stack)
    assert str(caught.value) == said


async def test_it_ends_with_that_line(monkeypatch):
    async with gateway(note=FAILED) as stack:

        @contextmanager
        def running(_, **__):
            yield stack

        monkeypatch.setattr(live, "running", running)

        def end():
            with pytest.raises(SystemExit) as ended:
                live.main()
            return ended.value.code

        assert await asyncio.to_thread(end) == "bench: a note was answered 500, not 201."
