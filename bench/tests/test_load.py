"""What keeps a measurement from being one, and that it is said."""

import asyncio
import json
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace

import pytest

from bench import __main__ as command
from bench import load
from bench.errors import BenchError
from bench.figures import Figures
from bench.generator import Job
from bench.options import parse
from bench.scenario import _Rounds

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
OWN = ("--generator", "own", "--connections", "2", "--pin", "-1")


@asynccontextmanager
async def server(answer):
    """Gives its port. Answers every request the same; without an answer it hangs up."""

    async def serve(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(2)
                if not answer:
                    break
                writer.write(answer)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


@pytest.fixture
def slugs(tmp_path):
    path = tmp_path / "slugs"
    path.write_text("".join(f"slug-{number}\n" for number in range(1000)))
    return path


async def test_a_lost_connection_is_one_error_and_leaves_the_closed_loop(slugs):
    async with server(b"") as port:
        job = Job(host="127.0.0.1", port=port, connections=2, seconds=1, slugs=str(slugs))
        figures = await asyncio.to_thread(load._own, job)
    assert (figures.requests, figures.errors) == (0, 2)


async def test_a_closed_loop_that_ran_out_of_notes_is_no_rate(slugs):
    async with server(OK) as port:
        stack = SimpleNamespace(host="127.0.0.1", port=port)
        with pytest.raises(load.TooFewNotesError):
            await asyncio.to_thread(load.closed, stack, parse([*OWN, "--seconds", "60"]), slugs)


async def test_a_rate_of_nothing_is_no_closed_loop(slugs):
    async with server(OK) as port:
        job = Job(host="127.0.0.1", port=port, connections=2, seconds=1, rate=0.0, slugs=str(slugs))
        with pytest.raises(BenchError, match="the generator failed"):
            await asyncio.to_thread(load._own, job)


def test_a_measurement_without_a_success_is_none():
    rounds = _Rounds(SimpleNamespace(endpoints=SimpleNamespace(pids={})), parse([]), print)
    nothing = Figures(requests=0, seconds=1, p50=0, p99=0, errors=7)
    with pytest.raises(BenchError, match="no request succeeded, 7 failed"):
        rounds.measured(lambda: nothing)


def test_what_was_measured_is_written_though_the_next_scenario_fails(monkeypatch, tmp_path):
    path = tmp_path / "results.json"

    @contextmanager
    def running(replicas, say):
        yield replicas

    def measure(stack, options, *, replicas, rows, say):
        if rows:
            raise BenchError("too much")
        return {"replicas": replicas, "rows": rows}

    monkeypatch.setattr(command, "running", running)
    monkeypatch.setattr(command, "measure", measure)
    monkeypatch.setattr(command, "table", str)
    with pytest.raises(BenchError, match="too much"):
        command._measure(parse(["--rows", "0", "5", "--json", str(path)]))
    assert json.loads(path.read_text())["scenarios"] == [{"replicas": 1, "rows": 0}]
