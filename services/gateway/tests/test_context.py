"""What a request is given at the door: ids, and whether its trace is recorded."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from chassis.otlp import Recording
from chassis.tracing import Tracing
from gateway.client_address import ClientAddresses
from gateway.middleware.context import TIMEOUT, Traces, context_middleware, request_context

TRACE = "a" * 32
OFFERED = {"traceparent": f"00-{TRACE}-{'b' * 16}-01"}


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
async def ask(exporter):
    """`await ask(ratio, headers)`: what would travel on to a service. With None nothing can be recorded."""

    async def handler(request):
        return web.json_response(request_context(request).headers())

    async def ask(ratio, headers=None):
        provider = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracing = Tracing() if ratio is None else Recording(provider.get_tracer("test"))
        traces = Traces(tracing, ratio or 0)
        app = web.Application(middlewares=[context_middleware(ClientAddresses(b"key"), traces)])
        app[TIMEOUT] = 1.0
        app.router.add_get("/note/{slug}", handler)
        async with (
            TestClient(TestServer(app)) as client,
            client.get("/note/secret", headers=headers) as answer,
        ):
            return await answer.json()

    return ask


@pytest.mark.parametrize(("ratio", "recorded"), [(None, False), (0, False), (1, True)])
async def test_what_is_recorded_the_ratio_says_and_no_client(ask, exporter, ratio, recorded):
    for headers in (OFFERED, {"traceparent": OFFERED["traceparent"][:-1] + "0"}, None):
        exporter.clear()
        traceparent = (await ask(ratio, headers))["traceparent"]
        assert int(traceparent[-1], 16) % 2 == recorded
        assert (traceparent[3:35] == TRACE) is (headers is not None)
        assert [span.name for span in exporter.get_finished_spans()] == ["GET /note/{slug}"] * recorded


async def test_who_offers_no_ids_has_one_for_both(ask):
    travels = await ask(None)
    assert travels["Onasty-Request-Id"] == travels["traceparent"][3:35]
    assert (await ask(None, OFFERED))["Onasty-Request-Id"] != TRACE
    assert (await ask(None, {"X-Request-Id": "mine"}))["Onasty-Request-Id"] == "mine"
