"""A collector of traces, and the processes that send to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan

from devstack.launcher import Devstack


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as a collector sees it."""

    service: str
    span: SentSpan

    @property
    def name(self) -> str:
        return f"{self.service}: {self.span.name}"


@dataclass(slots=True)
class Collector:
    """What came in by OTLP over HTTP."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self, trace_id: str) -> list[Seen]:
        return [seen for seen in self._all() if seen.span.trace_id.hex() == trace_id]

    def _all(self) -> Iterator[Seen]:
        for body in self.bodies:
            for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {a.key: a.value.string_value for a in of_service.resource.attributes}
                for scope in of_service.scope_spans:
                    yield from (Seen(names["service.name"], span) for span in scope.spans)


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """On a free port."""
    collector = Collector()

    async def take(request: web.Request) -> web.Response:
        collector.bodies.append(await request.read())
        return web.Response()

    app = web.Application(client_max_size=2**30)
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


def tree(spans: Iterable[Seen], root: str) -> dict[str, Any]:
    """Names of the spans below the span `root` (an id), each with those below it; equal names become one."""
    below: dict[str, Any] = {}
    for seen in spans:
        if seen.span.parent_span_id.hex() == root:
            below.setdefault(seen.name, {}).update(tree(spans, seen.span.span_id.hex()))
    return below


def lines(devstack: Devstack) -> list[dict[str, Any]]:
    """What the services have logged."""
    return [
        json.loads(line)
        for path in sorted(Path(devstack.data / "logs").glob("*.log"))
        for line in path.read_text().splitlines()
        if line.startswith("{") and '"service"' in line
    ]


async def until_logged(devstack: Devstack, event: str, request_id: str) -> None:
    async with asyncio.timeout(20):
        while not any(
            line["event"] == event and line.get("request_id") == request_id for line in lines(devstack)
        ):
            await asyncio.sleep(0.05)
