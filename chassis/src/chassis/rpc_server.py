"""Answers requests on NATS, registered as a micro service (ADR-32), so that discovery finds it.

Around nats-py's `micro` stand the guarantees that it does not give (2.16):

- it runs an endpoint's requests one after another: here each is a task of its own, and beyond a bound a
  request is refused as `overloaded` at once;
- it sends `repr` of an escaping error to the caller: here only a `ServiceError` leaves, anything else is
  logged with the request id and leaves as `internal`;
- an escaping `CancelledError` ends an endpoint in silence: here readiness is lost when one has ended;
- its `stop` drops requests that have arrived: here they are drained and answered first.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import nats.errors
import structlog
from nats import micro
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.micro.request import Request as IncomingRequest
from nats.micro.service import Service, ServiceConfig
from pydantic import ValidationError

from chassis.metrics import RpcServerMetrics
from chassis.runtime import Runtime
from chassis.settings import RpcSettings
from chassis.tracing import Span
from contracts.context import TRACEPARENT, RequestContext, traceparent
from contracts.errors import (
    ERROR_CODE_HEADER,
    ERROR_HEADER,
    ErrorCode,
    ErrorReply,
    ServiceError,
    invalid_request,
)
from contracts.messages import Reply, ReplyT, Request

VERSION = "1.0.0"
DRAIN_TIMEOUT = 3.0
FINISH_TIMEOUT = 6.0

_ATTRIBUTES = {"rpc.system.name": "nats"}
_OVERLOADED = ServiceError(ErrorCode.OVERLOADED, "Too many requests are in hand; try again shortly.")
_INTERNAL = ServiceError(ErrorCode.INTERNAL, "Something failed on our side; the request id helps to find it.")


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a service's page: this request is answered by this handler."""

    request_type: type[Request[Any]]
    handler: Callable[[Any, RequestContext], Awaitable[Reply]]


def operation(
    request_type: type[Request[ReplyT]], handler: Callable[[Any, RequestContext], Awaitable[ReplyT]]
) -> Operation:
    """Pair a request with its handler; the type checker compares the handler's reply with the contract."""
    return Operation(request_type, handler)


@asynccontextmanager
async def serving(
    runtime: Runtime[RpcSettings], client: Client, operations: tuple[Operation, ...]
) -> AsyncIterator[None]:
    """Answer the operations until the block ends; then drain what has arrived and finish it."""
    server = RpcServer(runtime)
    service = await micro.add_service(
        client,
        ServiceConfig(name=runtime.name, version=VERSION, queue_group=runtime.name),
    )
    for row in operations:
        await service.add_endpoint(
            name=row.request_type.operation(),
            subject=row.request_type.subject,
            handler=server.endpoint(row),
        )
    subscriptions = _subscriptions(service)
    runtime.health.require("rpc", lambda: _ended(subscriptions))
    try:
        yield
    finally:
        # Not `service.stop()`, which drops what has arrived; the rest of it ends with the connection.
        await asyncio.gather(*(_drain(subscription, runtime) for subscription in subscriptions))
        await server.finish()


class RpcServer:
    """Runs handlers concurrently, bounded, each under the id and deadline of its request."""

    def __init__(self, runtime: Runtime[RpcSettings]) -> None:
        self._log = runtime.log
        self._tracing = runtime.tracing
        metrics = RpcServerMetrics(runtime.metrics)
        self._answered = functools.cache(metrics.answered.labels)
        self._limit: int = runtime.settings.rpc_concurrency
        self._tasks: set[asyncio.Task[None]] = set()
        metrics.in_hand.set_function(lambda: len(self._tasks))

    def endpoint(self, row: Operation) -> Callable[[IncomingRequest], Awaitable[None]]:
        """The callback for one endpoint. It never waits for the handler and never raises."""
        name = row.request_type.operation()

        async def on_request(request: IncomingRequest) -> None:
            if len(self._tasks) >= self._limit:
                await self._respond(request, *_error_reply(_OVERLOADED))
                self._answered(name, _OVERLOADED.code).observe(0)
                return
            task = asyncio.create_task(self._answer(name, row, request), name=name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return on_request

    async def finish(self) -> None:
        """Wait until every request in hand is answered, 6 seconds at most."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FINISH_TIMEOUT)
            for task in late:
                self._log.error("a request was not answered before the stop", operation=task.get_name())

    async def _answer(self, name: str, row: Operation, request: IncomingRequest) -> None:
        started = time.perf_counter()
        offered = (request.headers or {}).get(TRACEPARENT)
        with self._tracing.continued(traceparent(offered), "server", name, _ATTRIBUTES) as span:
            code = await self._serve(name, row, request, span)
            if code != "ok":
                span.fail(code)
            elapsed = time.perf_counter() - started
            self._log.debug("answered", operation=name, code=code, seconds=round(elapsed, 4))
        self._answered(name, code).observe(elapsed)

    async def _serve(self, name: str, row: Operation, request: IncomingRequest, span: Span) -> str:
        """Answer; the code of what was answered."""
        code = "ok"
        try:
            reply = await self._handle(row, request, span)
            payload, headers = reply.model_dump_json(exclude_none=True), None
        except ServiceError as error:
            code = error.code
            payload, headers = _error_reply(error)
        except BaseException as error:  # noqa: BLE001 - the edge: nothing may pass it unanswered
            code = ErrorCode.INTERNAL
            self._log.error("a request failed", operation=name, exc_info=error)
            payload, headers = _error_reply(_INTERNAL)
        await self._respond(request, payload, headers)
        return code

    async def _handle(self, row: Operation, request: IncomingRequest, span: Span) -> Reply:
        context = RequestContext.from_headers(request.headers)
        if span.traceparent != context.traceparent:
            context = replace(context, traceparent=span.traceparent)
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        context.check_deadline()
        try:
            command = row.request_type.model_validate_json(request.data)
        except ValidationError as error:
            raise invalid_request(error) from error
        return await row.handler(command, context)

    async def _respond(self, request: IncomingRequest, payload: str, headers: dict[str, str] | None) -> None:
        try:
            await request.respond(payload.encode(), headers=headers)
        except Exception as error:  # noqa: BLE001
            # The connection is gone; the caller's deadline tells it what we cannot.
            self._log.warning("a reply could not be sent", kind=type(error).__name__)


def _error_reply(error: ServiceError) -> tuple[str, dict[str, str]]:
    headers = {ERROR_CODE_HEADER: str(error.code), ERROR_HEADER: str(error.code)}
    return ErrorReply.of(error).model_dump_json(), headers


async def _drain(subscription: Subscription, runtime: Runtime[RpcSettings]) -> None:
    try:
        async with asyncio.timeout(DRAIN_TIMEOUT):
            await subscription.drain()  # type: ignore[no-untyped-call]
    except (nats.errors.Error, TimeoutError, OSError) as error:
        # Without a connection nothing more arrives.
        runtime.log.warning("an endpoint was not drained", kind=type(error).__name__)


def _subscriptions(service: Service) -> list[Subscription]:
    # nats-py 2.16 gives no public way to an endpoint's subscription; the chassis tests notice a change.
    found = [endpoint._subscription for endpoint in service._endpoints]  # noqa: SLF001
    return [subscription for subscription in found if subscription is not None]


def _ended(subscriptions: list[Subscription]) -> str | None:
    for subscription in subscriptions:
        task = subscription._wait_for_msgs_task  # noqa: SLF001
        if task is None or task.done():
            return f"the subscription to {subscription.subject} has ended"
    return None
