"""Bodies that arrive in parts: waited for, and not for ever."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.errors import ErrorCode, ServiceError
from gateway.http.body import BodyReader


@pytest.fixture
async def send():
    """Send a head and parts of a body, the later ones once the handler runs; gives what it got."""
    taken: asyncio.Future[bytes | ErrorCode] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()
    bodies = BodyReader(max_bytes=10, timeout=0.3)

    async def handler(request: web.Request) -> web.Response:
        begun.set()
        try:
            taken.set_result(await bodies.read(request))
        except ServiceError as error:
            taken.set_result(error.code)
        return web.Response()

    app = web.Application(client_max_size=10)
    app.router.add_post("/", handler)
    async with TestServer(app, host="127.0.0.1") as server:

        async def send_parts(
            length: int, first: bytes, *later: bytes, headers: str = ""
        ) -> bytes | ErrorCode:
            _, writer = await asyncio.open_connection(server.host, server.port)
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{headers}\r\n"
            writer.write(head.encode() + first)
            async with asyncio.timeout(5):
                await begun.wait()
                for part in later:
                    writer.write(part)
                read = await taken
            writer.close()
            return read

        yield send_parts


@pytest.mark.parametrize("parts", [(b"whole",), (b"wh", b"ole"), (b"", b"whole")])
async def test_a_body_is_whole_however_it_comes(send, parts):
    assert await send(5, *parts) == b"whole"


@pytest.mark.parametrize("part", [b"", b"half"])
async def test_a_body_that_does_not_come_is_given_up(send, part):
    assert await send(8, part) is ErrorCode.BODY_TOO_SLOW


@pytest.mark.parametrize("parts", [(b"x" * 11,), (b"x" * 5, b"x" * 6)])
async def test_a_body_over_the_limit_is_refused_however_it_comes(send, parts):
    assert await send(11, *parts) is ErrorCode.BODY_TOO_LARGE


@pytest.mark.parametrize(
    "codings", [["gzip"], ["identity", "gzip"], ["gzip", "identity"], ["identity, gzip"]]
)
async def test_a_body_that_is_packed_is_refused_however_it_says_so(send, codings):
    headers = "".join(f"Content-Encoding: {coding}\r\n" for coding in codings)
    assert await send(5, b"whole", headers=headers) is ErrorCode.UNSUPPORTED_ENCODING


async def test_a_body_that_is_not_packed_may_say_so(send):
    assert await send(5, b"whole", headers="Content-Encoding: identity\r\n") == b"whole"
