"""What no client sends: each case is refused or cut, and others are served meanwhile."""

import asyncio
import contextlib
import gzip
import re
import time

import pytest

pytestmark = pytest.mark.e2e

HOST = b"Host: x\r\n"
LAST = b"Connection: close"
GET = b"GET /api/ping HTTP/1.1\r\n" + HOST
POST = b"POST /api/v1/note HTTP/1.1\r\n" + HOST
NOTE = b'{"content":"x"}'
# Not so large that it would be refused for its size, if it were unpacked.
BOMB = gzip.compress(b'{"content":"' + b"x" * 400_000 + b'"}', mtime=0)
CHUNK = b"f\r\n" + NOTE + b"\r\n0\r\n\r\n"
SMUGGLED = b"GET /api/v1/note/smuggled/meta HTTP/1.1\r\n" + HOST + b"\r\n"
# The idle limit is 7 s, that of a body 10 s.
IDLE, BODY, SLACK = 7.0, 10.0, 8.0


def header(line: bytes) -> bytes:
    return GET + line + b"\r\n\r\n"


def body(*lines: bytes, data: bytes = NOTE) -> bytes:
    return POST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + data


# Refused with a 4xx, or cut; nothing after it on the connection is answered. What is well framed asks to
# close, for then the connection may rightly go on.
REFUSED = {
    "two lengths that differ": body(b"Content-Length: 15", b"Content-Length: 16"),
    "two lengths that agree": body(b"Content-Length: 15", b"Content-Length: 15"),
    "two lengths in one": body(b"Content-Length: 15, 15"),
    "two lengths in one that differ": body(b"Content-Length: 15, 3"),
    "a negative length": body(b"Content-Length: -1"),
    "a signed length": body(b"Content-Length: +15"),
    "a hexadecimal length": body(b"Content-Length: 0xf"),
    "a length with an underscore": body(b"Content-Length: 1_5"),
    "a length in words": body(b"Content-Length: fifteen"),
    "an empty length": body(b"Content-Length:"),
    "a length beyond 64 bits": body(b"Content-Length: 99999999999999999999"),
    "a length with a space within": body(b"Content-Length: 1 5"),
    "a length with a fraction": body(b"Content-Length: 15.0"),
    "a length in other digits": body("Content-Length: \u0661\u0665".encode()),
    "length and chunks": body(b"Content-Length: 15", b"Transfer-Encoding: chunked", data=CHUNK),
    "chunks and length": body(b"Transfer-Encoding: chunked", b"Content-Length: 15", data=CHUNK),
    "length of 0 and chunks": body(b"Content-Length: 0", b"Transfer-Encoding: chunked", data=CHUNK),
    "an unknown encoding": body(b"Transfer-Encoding: cow", data=CHUNK),
    "chunks that are not last": body(b"Transfer-Encoding: chunked, gzip", data=CHUNK),
    "chunked twice": body(b"Transfer-Encoding: chunked, chunked", data=CHUNK),
    "chunked in two fields": body(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", data=CHUNK),
    "chunked and identity": body(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", data=CHUNK),
    "xchunked": body(b"Transfer-Encoding: xchunked", data=CHUNK),
    "chunked with a vertical tab": body(b"Transfer-Encoding: \x0bchunked", data=CHUNK),
    "chunked before a space and colon": body(b"Transfer-Encoding : chunked", data=CHUNK),
    "chunked by a folded line": body(b"Transfer-Encoding:\r\n chunked", data=CHUNK),
    "chunked for HTTP/1.0": b"POST /api/v1/note HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "a chunk of no size": body(b"Transfer-Encoding: chunked", data=b"\r\nx\r\n0\r\n\r\n"),
    "a chunk of a negative size": body(b"Transfer-Encoding: chunked", data=b"-1\r\nx\r\n0\r\n\r\n"),
    "a chunk of 0x size": body(b"Transfer-Encoding: chunked", data=b"0xf\r\n" + NOTE + b"\r\n0\r\n\r\n"),
    "a chunk of a huge size": body(b"Transfer-Encoding: chunked", data=b"f" * 17 + b"\r\nx\r\n0\r\n\r\n"),
    "a chunk longer than it says": body(
        b"Transfer-Encoding: chunked", data=b"3\r\n" + NOTE + b"\r\n0\r\n\r\n"
    ),
    "a chunk with a bare line feed": body(b"Transfer-Encoding: chunked", data=b"f\n" + NOTE + b"\n0\n\n"),
    "a folded header": header(b"X-A: b\r\n c"),
    "a header folded by a tab": header(b"X-A: b\r\n\tc"),
    "a first header that is folded": b"GET /api/ping HTTP/1.1\r\n Host: x\r\n\r\n",
    "a header of 9 KiB": header(b"X-A: " + b"x" * 9 * 1024),
    "a header name of 9 KiB": header(b"x" * 9 * 1024 + b": x"),
    "a cookie of 64 KiB": header(b"Cookie: " + b"x" * 64 * 1024),
    "200 headers": header(b"\r\n".join(b"X-%d: x" % number for number in range(200))),
    "a header without a colon": header(b"X-A"),
    "a header without a name": header(b": x"),
    "a space in a name": header(b"X A: x"),
    "a space before the colon": header(b"X-A : x"),
    "a NUL in a value": header(b"X-A: \0"),
    "a NUL in a name": header(b"X-\0: x"),
    "a carriage return in a value": header(b"X-A: a\rb"),
    "no host": b"GET /api/ping HTTP/1.1\r\n\r\n",
    "two hosts": header(b"Host: y"),
    "a target of 9 KiB": b"GET /" + b"x" * 9 * 1024 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /api/ ping HTTP/1.1\r\n" + HOST + b"\r\n",
    "a control character in the target": b"GET /api/\x01 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /api/ping\r\n" + HOST + b"\r\n",
    "HTTP/3.0": b"GET /api/ping HTTP/3.0\r\n" + HOST + b"\r\n",
    "HTTP/1.10": b"GET /api/ping HTTP/1.10\r\n" + HOST + b"\r\n",
    "http in lower case": b"GET /api/ping http/1.1\r\n" + HOST + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "the hello of TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\0" * 200,
    "a method of noise": b"\xff\xfe\xfd /api/ping HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method of 1 KiB": b"X" * 1024 + b" /api/ping HTTP/1.1\r\n" + HOST + b"\r\n",
    "noise": bytes(range(256)) * 8,
    "CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n" + LAST + b"\r\n\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + HOST + LAST + b"\r\n\r\n",
    "TRACE": b"TRACE /api/ping HTTP/1.1\r\n" + HOST + LAST + b"\r\n\r\n",
    "a gzip bomb": body(b"Content-Encoding: gzip", b"Content-Length: %d" % len(BOMB), LAST, data=BOMB),
    "a gzip bomb in chunks": body(
        b"Content-Encoding: gzip",
        b"Transfer-Encoding: chunked",
        LAST,
        data=b"%x\r\n" % len(BOMB) + BOMB + b"\r\n0\r\n\r\n",
    ),
    "an encoding in two fields": body(
        b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Length: 15", LAST
    ),
}
STATUS = re.compile(rb"HTTP/\d\.\d (\d{3}) ")


class Raw:
    """A connection to a gateway, from an address of its own on the loopback."""

    def __init__(self, stack, source: str = "127.0.0.1") -> None:
        host, port = stack.endpoints.gateway.removeprefix("http://").split(":")
        self._to = host, int(port)
        self._source = source

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(*self._to, local_addr=(self._source, 0))
        return self

    async def __aexit__(self, *_):
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def rest(self, within: float) -> bytes:
        """All until the gateway closes."""
        got = b""
        async with asyncio.timeout(within):
            with contextlib.suppress(ConnectionError):
                while data := await self.reader.read(65536):
                    got += data
        return got


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_or_cut(stack, request_):
    async with Raw(stack) as raw:
        await raw.send(request_ + SMUGGLED)
        answered = await raw.rest(IDLE + BODY + SLACK)
    statuses = [int(status) for status in STATUS.findall(answered)]
    assert len(statuses) <= 1, answered
    assert all(400 <= status < 500 for status in statuses), answered[:300]
    assert b"note_not_found" not in answered
    assert b"Traceback" not in answered
    for name in (b"X-Content-Type-Options", b"Content-Security-Policy", b"X-Request-Id"):
        assert answered.count(name) == len(statuses)


# RFC 9112, 3.2.2: an address with a site in it is taken. RFC 9110, 7.8: an upgrade need not be.
TAKEN = {
    "another site's address": b"GET http://example.org/api/ping HTTP/1.1\r\nHost: example.org\r\n" + LAST,
    "an upgrade to HTTP/2": GET + LAST + b", Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA",
}


@pytest.mark.parametrize("head", TAKEN.values(), ids=TAKEN)
async def test_it_is_answered_as_any_other(stack, head):
    async with Raw(stack) as raw:
        await raw.send(head + b"\r\n\r\n")
        answered = await raw.rest(IDLE + SLACK)
    assert STATUS.findall(answered) == [b"200"], answered
    assert b"pong" in answered


DESYNC = {
    "length and chunks": body(b"Content-Length: 4", b"Transfer-Encoding: chunked", data=b"0\r\n\r\n"),
    "chunks and length": body(b"Transfer-Encoding: chunked", b"Content-Length: 4", data=b"0\r\n\r\n"),
    "chunked, with a space": body(b"Transfer-Encoding : chunked", b"Content-Length: 4", data=b"0\r\n\r\n"),
    "two lengths": body(b"Content-Length: 0", b"Content-Length: 60", data=b""),
    "a bare line feed": body(b"Transfer-Encoding: chunked", data=b"0\n\n"),
    "a long chunk": body(b"Transfer-Encoding: chunked", data=b"1\r\nxx\r\n0\r\n\r\n"),
    "an upgrade": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: -5\r\n\r\n",
}


@pytest.mark.parametrize("request_", DESYNC.values(), ids=DESYNC)
async def test_nothing_is_smuggled_behind_it(stack, request_):
    async with Raw(stack) as raw:
        await raw.send(request_ + SMUGGLED)
        answered = await raw.rest(IDLE + SLACK)
    # The second request is not answered at all, neither by itself nor as a part of another.
    assert len(STATUS.findall(answered)) <= 1
    assert b"note_not_found" not in answered


SLOW = {
    "nothing": (b"", b"", IDLE),
    "half a request line": (b"GET /api/pi", b"", IDLE),
    "half a head": (GET + b"X-A: ", b"", IDLE),
    "a dripping request line": (b"GET /", b"x", IDLE),
    "a dripping header": (GET + b"X-A: ", b"x", IDLE),
    "dripping headers": (GET, b"X: x\r\n", IDLE),
    "dripping empty lines": (b"", b"\r\n", IDLE),
    "half a body": (body(b"Content-Length: 1000"), b"", BODY),
    "a length of 4 GiB": (body(b"Content-Length: 4294967296"), b"x", BODY),
    "a dripping body": (body(b"Content-Length: 1000"), b"x", BODY),
    "half a chunk": (body(b"Transfer-Encoding: chunked", data=b"ff\r\nx"), b"", BODY),
    "dripping chunks": (body(b"Transfer-Encoding: chunked", data=b""), b"1\r\nx\r\n", BODY),
    "a chunk extension without an end": (
        body(b"Transfer-Encoding: chunked", data=b"f;" + b"x" * 70_000),
        b"x",
        BODY,
    ),
    "a dripping chunk size": (body(b"Transfer-Encoding: chunked", data=b""), b"0", BODY),
    "a second request that drips": (GET + b"\r\nGET /api/ping HTTP/1.1\r\nX: ", b"x", IDLE),
    "a body that nobody reads": (GET + b"Content-Length: 1000\r\n\r\n", b"x", IDLE),
}


async def test_whoever_is_slow_is_cut_in_time(stack):
    async def drip(first: bytes, drop: bytes, limit: float) -> float:
        began = time.monotonic()
        async with Raw(stack, "127.0.0.3") as raw, asyncio.TaskGroup() as group:
            await raw.send(first)

            async def drops():
                while drop:
                    await asyncio.sleep(0.25)  # as slow as the case is
                    await raw.send(drop)

            dripping = group.create_task(drops())
            try:
                await raw.rest(limit + SLACK)
            finally:
                dripping.cancel()
        return time.monotonic() - began

    took = await asyncio.gather(*(drip(*case) for case in SLOW.values()), return_exceptions=True)
    late = {name: repr(end) for name, end in zip(SLOW, took, strict=True) if isinstance(end, BaseException)}
    assert not late


async def test_a_thousand_idle_sockets_keep_nobody_from_being_served(stack, api):
    async with contextlib.AsyncExitStack() as held:
        for number in range(1000):
            raw = await held.enter_async_context(Raw(stack, f"127.0.0.{2 + number % 8}"))
            await raw.send(b"GET /api/ping HTTP/1.1\r\nX: " if number % 2 else b"")
        for number in range(20):
            async with asyncio.timeout(2):
                created = await api.post("/api/v1/note", {"content": f"beside {number}"})
            assert created.status == 201
            assert (await api.post(f"/api/v1/note/{created.json['slug']}/view")).status == 200
