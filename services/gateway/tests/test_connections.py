"""Connections: how many, for how long, and what is said to what is no HTTP."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from chassis import logs
from gateway.client_address import ClientAddresses, networks
from gateway.connections import Admission, listening
from gateway.http.body import BodyReader
from gateway.security_headers import SecurityHeaders

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@web.middleware
async def outermost(request, handler):
    try:
        answer = await handler(request)
    except web.HTTPException as refused:
        answer = web.Response(status=refused.status)
    answer.headers["X-Outermost"] = "seen"
    return answer


@pytest.fixture
async def serve():
    """Start one with the given bounds; gives port and registry."""
    async with AsyncExitStack() as opened:

        async def start(*, total=100, per_client=100, trusted="", idle=5.0, hsts=0, unread=5.0):
            async def hello(_):
                return web.Response(text="hello")

            async def fail(_):
                raise ValueError("canary")

            async def long(_):
                return web.Response(body=b"x" * 20_000_000)

            async def echo(request):
                return web.Response(body=await bodies.read(request))

            bodies = BodyReader(max_bytes=100, timeout=5)
            app = web.Application(middlewares=[outermost])
            app.router.add_get("/", hello)
            app.router.add_get("/long", long)
            app.router.add_post("/echo", echo)
            app.router.add_get("/fail", fail)
            registry = CollectorRegistry()
            admission = Admission(
                clients=ClientAddresses(b"k", networks(trusted)),
                total=total,
                per_client=per_client,
                registry=registry,
            )
            security = SecurityHeaders(hsts_max_age=hsts)
            port = await opened.enter_async_context(
                listening(
                    app,
                    admission,
                    security,
                    logs.configure("gateway"),
                    host="127.0.0.1",
                    port=0,
                    on_stop=lambda: None,
                    drain_timeout=0,
                    shutdown_timeout=1,
                    keepalive_timeout=idle,
                    unread_timeout=unread,
                )
            )
            return port, registry

        yield start


@pytest.fixture
async def connect():
    writers = []

    async def open_(port, source="127.0.0.1", send=GET):
        """What comes back, at once or when it is closed; the connection stays open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        writers.append(writer)
        try:
            writer.write(send)
            async with asyncio.timeout(10):
                return await reader.read(65536), reader
        except ConnectionError:
            return b"", reader

    yield open_
    for writer in writers:
        writer.transport.abort()


async def test_one_address_has_so_many_and_others_are_not_affected(serve, connect):
    port, registry = await serve(per_client=2)
    answers = [(await connect(port))[0] for _ in range(3)]
    assert [answer[:15] for answer in answers] == [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK", b""]
    assert (await connect(port, "127.0.0.2"))[0].startswith(b"HTTP/1.1 200")
    assert registry.get_sample_value("http_connections_refused_total", {"bound": "client"}) == 1
    assert registry.get_sample_value("http_connections") == 3


async def test_all_together_have_so_many_and_a_trusted_proxy_is_not_one_client(serve, connect):
    port, registry = await serve(per_client=1, total=3, trusted="127.0.0.1")
    answers = [(await connect(port))[0][:12] for _ in range(4)]
    assert answers == [b"HTTP/1.1 200"] * 3 + [b""]
    assert registry.get_sample_value("http_connections_refused_total", {"bound": "total"}) == 1


def test_addresses_that_one_subscriber_picks_at_will_are_one_client():
    registry = CollectorRegistry()
    admission = Admission(clients=ClientAddresses(b"k"), total=100, per_client=2, registry=registry)
    addresses = [f"2001:db8:1:2::{number}" for number in range(3)]
    assert [admission.enter(address) for address in addresses] == [True, True, False]
    assert admission.enter("2001:db8:1:3::1")
    admission.leave(addresses[0])
    assert admission.enter(addresses[2])
    for address in (addresses[1], addresses[2], "2001:db8:1:3::1"):
        admission.leave(address)
    assert registry.get_sample_value("http_connections") == 0
    assert not admission._open


@pytest.mark.parametrize("asked", [GET.replace(b"/ ", b"/long "), GET * 5000], ids=["a long answer", "many"])
async def test_whoever_reads_nothing_does_not_stay(serve, asked):
    port, registry = await serve(unread=0.5)
    deaf = socket.socket()
    with deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, ("127.0.0.1", port))
        sending = asyncio.ensure_future(loop.sock_sendall(deaf, asked))
        async with asyncio.timeout(5):
            while not registry.get_sample_value("http_connections"):
                await asyncio.sleep(0.01)
        async with asyncio.timeout(15):
            while registry.get_sample_value("http_connections"):
                await asyncio.sleep(0.05)
        sending.cancel()
        await asyncio.wait([sending])


@pytest.mark.parametrize(
    ("target", "status"), [(b"GET / ", 200), (b"GET /nowhere ", 404), (b"PUT / ", 405), (b"POST / ", 405)]
)
async def test_an_expectation_passes_none_of_the_layers(serve, connect, target, status):
    port, _ = await serve()
    for expected in (b"canary", b"100-continue"):
        asked = GET.replace(b"GET / ", target).replace(b"\r\n\r\n", b"\r\nExpect: %b\r\n\r\n" % expected)
        answer, _ = await connect(port, send=asked)
        assert answer.startswith(b"HTTP/1.1 %d" % status)
        assert b"X-Outermost: seen" in answer
        assert b"canary" not in answer


async def test_a_body_is_asked_for_once_it_is_wanted_and_then_answered(serve):
    port, _ = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(5):
        for _ in range(2):
            writer.write(
                b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
            )
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"whole")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(5) == b"whole"
    writer.close()


async def test_one_that_is_closed_makes_room(serve, connect):
    port, registry = await serve(per_client=1)
    closing = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for _ in range(5):
        answer, reader = await connect(port, send=closing)
        assert answer.startswith(b"HTTP/1.1 200")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
            while registry.get_sample_value("http_connections"):
                await asyncio.sleep(0)


@pytest.mark.parametrize("half", [b"", b"GET / HT", GET[:-2] + b"X-A: "])
async def test_half_a_head_is_not_waited_for(serve, connect, half):
    port, registry = await serve(idle=0.2)
    assert (await connect(port, send=half))[0] == b""
    assert registry.get_sample_value("http_connections") == 0


async def test_what_is_no_http_is_a_problem_like_any_other_and_not_quoted(serve, connect):
    port, registry = await serve(hsts=60)
    answer, _ = await connect(port, send=b"GET / HTTP/1.1\r\nCanary Canary: canary\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    problem = json.loads(body)
    assert (problem["code"], problem["status"]) == ("invalid_request", 400)
    assert f"X-Request-Id: {problem['request_id']}".encode() in head
    assert b"Strict-Transport-Security: max-age=60" in head
    assert registry.get_sample_value("http_malformed_total") == 1
    assert b"Connection: close" in head or head.startswith(b"HTTP/1.0")
    assert b"anary" not in answer


async def test_what_escapes_every_middleware_is_logged_by_kind_and_told_nobody(serve, connect, capsys):
    port, _ = await serve()
    answer, _ = await connect(port, send=GET.replace(b"/ ", b"/fail "))
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem["code"]) == (500, "internal")
    line = next(text for text in capsys.readouterr().out.splitlines() if "outside its handler" in text)
    assert json.loads(line)["request_id"] == problem["request_id"]
    assert "ValueError" in line
    assert b"canary" not in answer
    assert "canary" not in line
