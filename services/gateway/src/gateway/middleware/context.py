"""The outermost layer: request id, trace, deadline, metrics, the access log, headers of every answer."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Histogram

from chassis.logs import Logger
from chassis.metrics import BUCKETS
from chassis.tracing import Kind, Span, Tracing
from contracts import context as wire
from contracts.actor import Actor
from contracts.context import RequestContext
from gateway.client_address import ClientAddresses
from gateway.limits.quota import Verdict
from gateway.security_headers import SecurityHeaders

REQUEST_ID_HEADER = "X-Request-Id"

ACTOR = web.RequestKey("actor", Actor)
REQUEST_ID = web.RequestKey("request_id", str)
SPAN = web.RequestKey("span", Span)
STARTED = web.RequestKey("started", float)
TIMEOUT = web.AppKey("request_timeout", float)
CLIENT = web.RequestKey("client", str)
VERDICTS = web.RequestKey("verdicts", list[Verdict])

# What is no route of ours has one label, whatever path was asked for.
UNKNOWN_ROUTE = "unknown"
SERVER_ERROR = 500


def request_context(request: web.Request, *, idempotency_key: str | None = None) -> RequestContext:
    """What travels with the requests to services. The deadline counts from this call."""
    return RequestContext.lasting(
        request.app[TIMEOUT],
        request_id=request[REQUEST_ID],
        actor=request.get(ACTOR),
        traceparent=request[SPAN].traceparent,
        client=request[CLIENT],
        idempotency_key=idempotency_key,
    )


class Traces:
    """Traces begin here. Whether one is recorded, dice say for each, so that nobody outside can have more of
    theirs recorded, neither by a flag nor by choosing ids.
    """

    def __init__(self, tracing: Tracing, ratio: float) -> None:
        self._tracing = tracing
        self._ratio = ratio

    def begin(self, offered: str | None, kind: Kind, name: str) -> Span:
        """Work in the trace that is offered, else in a new one."""
        sampled = random.random() < self._ratio  # noqa: S311 - guards nothing
        return self._tracing.received(offered, sampled=sampled, kind=kind, name=name)

    @contextmanager
    def of_its_own(self, request: web.Request) -> Iterator[None]:
        """What a stream asks for when it is open: its request's trace would grow for days."""
        with self.begin(None, "internal", f"stream {_template(request)}") as span:
            request[SPAN] = span
            yield


def context_middleware(clients: ClientAddresses, traces: Traces) -> Middleware:
    """Who is asking, and under which ids. `answering` finishes what it began."""

    @web.middleware
    async def context(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[STARTED] = time.perf_counter()
        route, method = _template(request), _method(request)
        offered = wire.traceparent(request.headers.get(wire.TRACEPARENT))
        with traces.begin(offered, "server", f"{method} {route}") as span:
            request[SPAN] = span
            # Who offers neither has one id for both.
            own_id = None if offered else span.trace_id
            request_id = wire.request_id(request.headers.get(REQUEST_ID_HEADER), own_id)
            request[REQUEST_ID] = request_id
            request[CLIENT] = clients.name(request)
            request[VERDICTS] = []
            structlog.contextvars.bind_contextvars(request_id=request_id)
            response = await handler(request)
            note_status(span, response)
            return response

    return context


def note_status(span: Span, response: web.StreamResponse) -> None:
    """What a request was answered."""
    span.note({"http.response.status_code": response.status})
    if response.status >= SERVER_ERROR:
        span.fail(str(response.status))


def answering(
    log: Logger, registry: CollectorRegistry, security: SecurityHeaders
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For when an answer begins: a stream's headers are sent long before its handler returns.

    Metrics and log lines name the route's template, never the path: a path holds a slug.
    """
    seconds = Histogram(
        "http_request_seconds",
        "Time until the answer of an HTTP request begins",
        ["method", "route", "status"],
        buckets=BUCKETS,
        registry=registry,
    )

    answered = functools.cache(seconds.labels)

    async def begin(request: web.Request, response: web.StreamResponse) -> None:
        verdicts = request[VERDICTS]
        response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
        security.add(response.headers)
        if verdicts:
            response.headers["RateLimit-Policy"] = ", ".join(verdict.quota.policy for verdict in verdicts)
            response.headers["RateLimit"] = ", ".join(verdict.field for verdict in verdicts)
        response.headers.setdefault("Cache-Control", "no-store")
        elapsed = time.perf_counter() - request[STARTED]
        route = _template(request)
        method = _method(request)
        answered(method, route, response.status).observe(elapsed)
        tell = log.info if response.status >= SERVER_ERROR else log.debug
        tell(
            "answered",
            route=route,
            method=method,
            status=response.status,
            seconds=round(elapsed, 4),
            # This may be said when the work is over.
            trace_id=request[SPAN].trace_id,
        )

    return begin


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNKNOWN_ROUTE


def _method(request: web.Request) -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "OTHER"
