"""Recorded traces, sent to a collector by OTLP over HTTP with the SDK of OpenTelemetry.

Imported where `…_OTLP_ENDPOINT` is set and nowhere else: it takes 9 MiB and a good part of a second. A
collector that is away or slow holds nothing up: 2,048 spans wait in memory, and more are dropped.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from chassis.build import built_version
from chassis.tracing import Attributes, Kind, Span, Tracing, is_sampled
from contracts.context import traceparent as valid
from contracts.errors import ErrorCode, ServiceError

# Seconds.
EXPORT_TIMEOUT = 2.0
FLUSH_TIMEOUT = 2.5

# What is no refusal of what somebody asked for, but an outage or a defect.
_OURS: frozenset[str] = frozenset(
    {
        ErrorCode.INTERNAL,
        ErrorCode.UNAVAILABLE,
        ErrorCode.TIMEOUT,
        ErrorCode.OVERLOADED,
        ErrorCode.DEADLINE_EXCEEDED,
        *(str(status) for status in range(500, 600)),
    }
)
_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}


class RecordedSpan(Span):
    """Recorded from its beginning to the end of its block."""

    __slots__ = ("_span", "_tracer")

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        context = span.get_span_context()
        super().__init__(f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}")
        self._tracer = tracer
        self._span = span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            # Its name alone: what an error says may quote what somebody sent.
            self.fail(error.code if isinstance(error, ServiceError) else kind.__qualname__)
            if not isinstance(error, ServiceError | asyncio.CancelledError):
                self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
        super().__exit__(kind, error, trace)

    def child(self, kind: Kind, name: str, attributes: Attributes | None = None) -> Span:
        return _begun(self._tracer, self._span.get_span_context(), kind, name, attributes)

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def end(self) -> None:
        self._span.end()
        # Takes whatever is said of it, and keeps nothing.
        self._span = NonRecordingSpan(self._span.get_span_context())

    def fail(self, code: str) -> None:
        self._span.set_attribute("error.type", code)
        if code in _OURS:
            self._span.set_status(Status(StatusCode.ERROR))


class Recording(Tracing):
    """Records what is to be recorded; the rest passes as where nothing is."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def received(self, offered: str | None, *, sampled: bool, kind: Kind, name: str) -> Span:
        if not sampled:
            return super().received(offered, sampled=sampled, kind=kind, name=name)
        offered = valid(offered)
        return _begun(self._tracer, _remote(offered) if offered else None, kind, name, None)

    def continued(
        self, traceparent: str | None, kind: Kind, name: str, attributes: Attributes | None = None
    ) -> Span:
        if traceparent is None or not is_sampled(traceparent):
            return Span(traceparent)
        return _begun(self._tracer, _remote(traceparent), kind, name, attributes)


@asynccontextmanager
async def recording(service: str, endpoint: str) -> AsyncIterator[Tracing]:
    """Spans go to `endpoint`, a collector's base URL, in batches; at the end what is left, for 2.5 s at most.

    Headers, certificates and compression are as the standard variables say (`OTEL_EXPORTER_OTLP_HEADERS`, …).
    """
    provider = TracerProvider(
        # Who is recorded is decided before.
        sampler=ALWAYS_ON,
        resource=Resource.create(
            {
                "service.namespace": "onasty",
                "service.name": service,
                "service.version": built_version(),
                # Every container's process has the same number.
                "service.instance.id": str(uuid4()),
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Recording(provider.get_tracer("onasty"))
    finally:
        # A thread that nobody need wait for: the SDK's own patience is 30 s.
        end = threading.Thread(target=provider.shutdown, daemon=True)
        end.start()
        await asyncio.to_thread(end.join, FLUSH_TIMEOUT)


def _begun(
    tracer: trace.Tracer,
    parent: SpanContext | None,
    kind: Kind,
    name: str,
    attributes: Attributes | None,
) -> Span:
    above = trace.set_span_in_context(NonRecordingSpan(parent or trace.INVALID_SPAN_CONTEXT))
    span = tracer.start_span(name, above, _KINDS[kind], dict(attributes) if attributes else None)
    return RecordedSpan(tracer, span)


def _remote(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
