"""Asks other services over NATS."""

from __future__ import annotations

import functools
import time
from typing import Any

import nats.errors
from nats.aio.client import Client

from chassis import tracing
from chassis.metrics import RpcClientMetrics
from chassis.reply_inbox import ReplyInbox
from chassis.runtime import Runtime
from contracts.context import TRACEPARENT, RequestContext
from contracts.errors import ERROR_CODE_HEADER, ErrorCode, ErrorReply, ServiceError
from contracts.messages import ReplyT, Request

_ATTRIBUTES = {"rpc.system.name": "nats"}


class RpcClient:
    """Typed request-reply. A request waits until its deadline at most and is never sent twice.

    Raises the `ServiceError` that the service answered, or
    - `unavailable`, at once: nobody serves the subject or NATS is away; it was not executed;
    - `timeout`, at the deadline: whether it was executed is unknown.
    """

    def __init__(self, runtime: Runtime[Any], client: Client) -> None:
        self._client = client
        self._replies = ReplyInbox(client)
        # `labels` takes a lock and a few copies each time.
        self._answered = functools.cache(RpcClientMetrics(runtime.metrics).answered.labels)

    @property
    def is_connected(self) -> bool:
        """Whether NATS is there."""
        return self._client.is_connected

    async def call(self, request: Request[ReplyT], context: RequestContext) -> ReplyT:
        """Ask, and read the answer."""
        reply = await self.ask(request, context)
        return request.reply_type.model_validate_json(reply)  # type: ignore[return-value]

    async def ask(self, request: Request[Any], context: RequestContext) -> bytes:
        """Ask, and give the answer's bytes, for a caller that only passes them on."""
        payload = request.model_dump_json(exclude_none=True).encode()
        return await self.forward(type(request), payload, context)

    async def forward(
        self, request_type: type[Request[Any]], payload: bytes, context: RequestContext
    ) -> bytes:
        """Ask with bytes as they were received, and give the answer's: the service alone reads them."""
        started = time.perf_counter()
        code: str = ErrorCode.INTERNAL
        try:
            with tracing.within("client", request_type.subject, _ATTRIBUTES) as span:
                reply = await self._ask(request_type.subject, payload, context, span.traceparent)
            code = "ok"
        except ServiceError as error:
            code = error.code
            raise
        else:
            return reply
        finally:
            self._answered(request_type.subject, code).observe(time.perf_counter() - started)

    async def _ask(
        self, subject: str, payload: bytes, context: RequestContext, traceparent: str | None
    ) -> bytes:
        context.check_deadline()
        if not self.is_connected:
            raise _unavailable()
        headers = context.headers()
        if traceparent is not None:
            headers[TRACEPARENT] = traceparent
        try:
            message = await self._replies.request(subject, payload, headers, context.remaining())
        except (
            nats.errors.NoRespondersError,
            nats.errors.OutboundBufferLimitError,
            nats.errors.ConnectionClosedError,
            nats.errors.ConnectionDrainingError,
        ) as error:
            raise _unavailable() from error
        except nats.errors.MaxPayloadError as error:
            raise ServiceError(ErrorCode.BODY_TOO_LARGE, "The body is too large.") from error
        except nats.errors.TimeoutError as error:
            raise ServiceError(
                ErrorCode.TIMEOUT, "No answer in time; whether it was done is not known."
            ) from error
        if message.headers and ERROR_CODE_HEADER in message.headers:
            raise ErrorReply.model_validate_json(message.data).error()
        return message.data


def _unavailable() -> ServiceError:
    return ServiceError(ErrorCode.UNAVAILABLE, "The service is not available; nothing was done.")
