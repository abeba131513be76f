"""A stop loses no request: connections end where both sides know it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from chassis import logs
from gateway.client_address import ClientAddresses
from gateway.connections import Admission, listening
from gateway.security_headers import SecurityHeaders

LOOPBACK = "127.0.0.1"
WITHIN = 10
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
GET_SLOWLY = GET.replace(b"/ ", b"/slow ")


class Gateway:
    """One that says when it stops, and answers `/slow` when it is released."""

    def __init__(self):
        self.stopping, self.asked, self.released = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended = asyncio.Event()
        self._port = asyncio.get_running_loop().create_future()

    async def live(self, drain):
        async def answer(_):
            return web.Response(text="answer")

        async def slow(request):
            self.asked.set()
            await self.released.wait()
            return await answer(request)

        app = web.Application()
        app.add_routes([web.get("/", answer), web.get("/slow", slow)])
        admission = Admission(
            clients=ClientAddresses(b"k"), total=9, per_client=9, registry=CollectorRegistry()
        )
        async with listening(
            app,
            admission,
            SecurityHeaders(hsts_max_age=0),
            logs.configure("gateway"),
            host=LOOPBACK,
            port=0,
            on_stop=self.stopping.set,
            drain_timeout=drain,
            shutdown_timeout=WITHIN,
            unread_timeout=WITHIN,
        ) as port:
            self._port.set_result(port)
            await self._ended.wait()

    def stop(self):
        self._ended.set()

    @asynccontextmanager
    async def connected(self):
        """A connection that has been answered once, and stays open."""
        reader, writer = await asyncio.open_connection(LOOPBACK, await self._port)
        try:
            writer.write(GET)
            await reader.readuntil(b"answer")
            yield reader, writer
        finally:
            writer.close()


async def test_what_comes_over_an_open_connection_is_answered_for_the_last_time():
    gateway = Gateway()
    life = asyncio.create_task(gateway.live(drain=60))
    async with (
        asyncio.timeout(WITHIN),
        gateway.connected() as (reader, writer),
        gateway.connected() as (slow_reader, slow_writer),
    ):
        slow_writer.write(GET_SLOWLY)
        await gateway.asked.wait()
        gateway.stop()
        await gateway.stopping.wait()
        with pytest.raises(ConnectionRefusedError):
            async with gateway.connected():
                pass
        writer.write(GET)
        gateway.released.set()
        for its_reader in (reader, slow_reader):
            # Until it is closed.
            answer = await its_reader.read()
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"\r\nConnection: close\r\n" in answer
        # With the last connection, and not after a minute.
        await life


async def test_who_asks_for_nothing_is_not_waited_for_for_ever():
    gateway = Gateway()
    life = asyncio.create_task(gateway.live(drain=0.1))
    async with asyncio.timeout(WITHIN), gateway.connected() as (reader, _):
        gateway.stop()
        assert await reader.read() == b""
        await life
