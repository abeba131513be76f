"""What a number says, before anybody believes it."""

import asyncio

import pytest

from bench.arrivals import schedule
from bench.figures import Spread, percentile
from bench.http_connection import HttpConnection, post


def test_a_percentile_is_one_of_the_values():
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)) == (50, 99, 100)
    assert percentile([7.0], 0.5) == 7
    assert percentile([], 0.99) == 0


def test_a_spread_is_the_median_and_the_extremes():
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(1, 3, 10)


def test_uniform_arrivals_have_one_distance():
    assert schedule("uniform", rate=4, seconds=1, seed=1) == [0, 0.25, 0.5, 0.75]


def test_poisson_arrivals_are_of_the_rate_and_repeat_themselves():
    times = schedule("poisson", rate=1000, seconds=10, seed=7)
    assert times == schedule("poisson", rate=1000, seconds=10, seed=7)
    assert times != schedule("poisson", rate=1000, seconds=10, seed=8)
    assert times == sorted(times)
    assert times[-1] < 10
    assert len(times) == pytest.approx(10_000, rel=0.05)


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_an_answer_is_put_together_from_pieces(size):
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX: y\r\n\r\nbody"

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST /path HTTP/1.1\r\n")
        await reader.readexactly(2)
        for start in range(0, len(answer), size):
            writer.write(answer[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await connection.ask(post("host", "/path", b"{}")) == (201, b"body")
        connection.close()
