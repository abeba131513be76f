"""Connections: how many there may be, and what is answered to what is no HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import prometheus_client
from aiohttp import web
from aiohttp.http import HttpRequestParser
from prometheus_client import CollectorRegistry, Gauge

from chassis.logs import Logger
from contracts.context import request_id
from contracts.errors import ErrorCode, ServiceError
from gateway.client_address import ClientAddresses
from gateway.middleware.context import REQUEST_ID_HEADER, SERVER_ERROR
from gateway.middleware.errors import INTERNAL, problem
from gateway.security_headers import SecurityHeaders

C_PARSER = "aiohttp._http_parser"
BACKLOG = 1024
MALFORMED = ServiceError(ErrorCode.INVALID_REQUEST, "This is not well-formed HTTP/1.1.")


class Admission:
    """Counts connections, in all and by address. A trusted proxy brings many: it counts in all alone."""

    def __init__(
        self, *, clients: ClientAddresses, total: int, per_client: int, registry: CollectorRegistry
    ) -> None:
        self._clients = clients
        self._total = total
        self._per_client = per_client
        self._open: Counter[str] = Counter()
        self._all = 0
        self._refused = prometheus_client.Counter(
            "http_connections_refused", "Connections over a bound", ["bound"], registry=registry
        )
        Gauge("http_connections", "Open connections", registry=registry).set_function(lambda: self._all)

    def enter(self, address: str) -> bool:
        """False for one too many; for one that is True, `leave` follows."""
        if self._all >= self._total:
            self._refused.labels("total").inc()
            return False
        if self._open[address] >= self._per_client and not self._clients.is_trusted(address):
            self._refused.labels("client").inc()
            return False
        self._all += 1
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._all -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class Connection(web.RequestHandler):
    """aiohttp's connection, admitted or closed, and with our answer to what it cannot read."""

    __slots__ = ("_address", "_admission", "_log", "_security")

    def __init__(
        self,
        server: web.Server,
        admission: Admission,
        security: SecurityHeaders,
        log: Logger,
        **options: Any,
    ) -> None:
        super().__init__(server, **options)
        self._log = log
        self._admission = admission
        self._security = security
        self._address: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._admission.enter(address):
            cast(asyncio.Transport, transport).abort()
            return
        self._address = address
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._address is not None:
            self._admission.leave(self._address)
            self._address = None
            super().connection_lost(exc)

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
    shutdown_timeout: float,
    **options: Any,
) -> AsyncIterator[int]:
    """Serve `app`; gives the port. `options` are those of `web.RequestHandler`.

    At the end nothing new is accepted, and requests in hand have `shutdown_timeout` seconds.
    """
    if HttpRequestParser.__module__ != C_PARSER:
        # The one in Python is slower by far, and another reading of HTTP than what was tested.
        raise RuntimeError("aiohttp was installed without its C parser")
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=shutdown_timeout)
    await runner.setup()
    try:
        server = runner.server
        if server is None:
            raise RuntimeError("the application was not set up")
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
    finally:
        await runner.cleanup()
