"""Connections: how many there may be, and what is answered to what is no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import prometheus_client
from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http import HttpRequestParser, RawRequestMessage
from multidict import CIMultiDictProxy
from prometheus_client import CollectorRegistry, Gauge

from chassis.logs import Logger
from contracts.context import request_id
from contracts.errors import ErrorCode, ServiceError
from gateway.client_address import ClientAddresses
from gateway.http.body import CONTINUES
from gateway.middleware.context import REQUEST_ID_HEADER, SERVER_ERROR
from gateway.middleware.errors import INTERNAL, problem
from gateway.security_headers import SecurityHeaders

RequestFactory = Callable[..., web.BaseRequest]

C_PARSER = "aiohttp._http_parser"
BACKLOG = 1024
MILLI = 1000
MALFORMED = ServiceError(ErrorCode.INVALID_REQUEST, "This is not well-formed HTTP/1.1.")


class Admission:
    """Counts connections, in all and by client, IPv6 by its /64. A trusted proxy brings those of many: it
    counts in all alone.
    """

    def __init__(
        self, *, clients: ClientAddresses, total: int, per_client: int, registry: CollectorRegistry
    ) -> None:
        self._clients = clients
        self._total = total
        self._per_client = per_client
        self._open: Counter[str] = Counter()
        self._all = 0
        self._none = asyncio.Event()
        self._none.set()
        self._refused = prometheus_client.Counter(
            "http_connections_refused", "Connections over a bound", ["bound"], registry=registry
        )
        self.malformed = prometheus_client.Counter(
            "http_malformed", "Requests that are no HTTP/1.1", registry=registry
        )
        Gauge("http_connections", "Open connections", registry=registry).set_function(lambda: self._all)

    def enter(self, address: str) -> bool:
        """False for one too many; for one that is True, `leave` follows."""
        if self._all >= self._total:
            self._refused.labels("total").inc()
            return False
        client = self._clients.of_peer(address)
        if self._open[client] >= self._per_client and not self._clients.is_trusted(address):
            self._refused.labels("client").inc()
            return False
        self._all += 1
        self._none.clear()
        self._open[client] += 1
        return True

    def leave(self, address: str) -> None:
        client = self._clients.of_peer(address)
        self._all -= 1
        if not self._all:
            self._none.set()
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]

    async def emptied(self) -> None:
        """Wait until no connection is open."""
        await self._none.wait()


class Connection(web.RequestHandler):
    """aiohttp's connection, admitted or closed, and with our answer to what it cannot read.

    It ends when its peer takes nothing of what waits to be sent for `unread_timeout` seconds. `on_lost` is
    called when it has ended: aiohttp tells a handler only when that writes.
    """

    __slots__ = ("_address", "_admission", "_log", "_security", "_unread_timeout", "on_lost")

    def __init__(
        self,
        server: web.Server,
        admission: Admission,
        security: SecurityHeaders,
        log: Logger,
        *,
        unread_timeout: float,
        **options: Any,
    ) -> None:
        super().__init__(server, **options)
        self._log = log
        self._unread_timeout = unread_timeout
        self._admission = admission
        self._security = security
        self._address: str | None = None
        self.on_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._admission.enter(address):
            cast(asyncio.Transport, transport).abort()
            return
        self._address = address
        # Whoever reads nothing would keep its connection for good, with the answers that wait for it.
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._unread_timeout * MILLI)
        )
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._address is not None:
            self._admission.leave(self._address)
            self._address = None
            super().connection_lost(exc)
            if self.on_lost is not None:
                self.on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> web.StreamResponse:
        """A problem like any other, and not the parser's words, which quote what was sent."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent")
        known = request_id()
        if status >= SERVER_ERROR:
            self._log.error("a request failed outside its handler", request_id=known, exc_info=exc)
        else:
            self._admission.malformed.inc()
        response = problem(INTERNAL if status >= SERVER_ERROR else MALFORMED, known)
        response.headers[REQUEST_ID_HEADER] = known
        response.headers["Cache-Control"] = "no-store"
        self._security.add(response.headers)
        response.force_close()
        return response


@asynccontextmanager
async def listening(
    app: web.Application,
    admission: Admission,
    security: SecurityHeaders,
    log: Logger,
    *,
    host: str,
    port: int,
    on_stop: Callable[[], None],
    drain_timeout: float,
    shutdown_timeout: float,
    **options: Any,
) -> AsyncIterator[int]:
    """Serve `app`; gives the port. `options` are those of `Connection` and `web.RequestHandler`.

    At the end no connection is accepted any more, and `on_stop` is called. Each that is open gets one more
    answer, which says that it is the last. After `drain_timeout` seconds those that asked for none are
    closed, and requests in hand have `shutdown_timeout` seconds.
    """
    if HttpRequestParser.__module__ != C_PARSER:
        # The one in Python is slower by far, and another reading of HTTP than what was tested.
        raise RuntimeError("aiohttp was installed without its C parser")
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    app.on_response_prepare.append(_last_of(stopping))
    runner = web.AppRunner(app, shutdown_timeout=shutdown_timeout)
    await runner.setup()
    try:
        server = runner.server
        if server is None:
            raise RuntimeError("the application was not set up")
        server.request_factory = _without_expectations(server.request_factory)
        listener = await loop.create_server(
            lambda: Connection(server, admission, security, log, loop=loop, access_log=None, **options),
            host,
            port,
            backlog=BACKLOG,
        )
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
            stopping.set()
            on_stop()
            # A request may be on its way on any connection, and would be lost with it: whoever keeps one
            # ends it itself, at the answer that says so or before long.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(drain_timeout):
                    await admission.emptied()
    finally:
        await runner.cleanup()


def _last_of(stopping: asyncio.Event) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def announce(_: web.Request, response: web.StreamResponse) -> None:
        if stopping.is_set():
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"

    return announce


def _without_expectations(make: RequestFactory) -> RequestFactory:
    """Requests of which the application sees no `Expect`; what it asked for is in `CONTINUES`.

    aiohttp would answer it before any of our own layers: without limits, and to what it does not know with a
    page of its own. It may be ignored (RFC 9110, 10.1.1).
    """

    def request(message: RawRequestMessage, *parts: Any) -> web.BaseRequest:
        expected = message.headers.get(hdrs.EXPECT)
        if expected is None:
            return make(message, *parts)
        headers = message.headers.copy()
        del headers[hdrs.EXPECT]
        made = make(message._replace(headers=CIMultiDictProxy(headers)), *parts)
        if expected.lower() == "100-continue" and message.version >= HttpVersion11:
            made[CONTINUES] = True
        return made

    return request
