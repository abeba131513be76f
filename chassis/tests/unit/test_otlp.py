"""Where traces go, and where they do not."""

import asyncio
import subprocess
import sys

from chassis.otlp import recording


async def test_a_collector_that_never_answers_holds_up_neither_work_nor_the_end():
    heard, left = asyncio.Event(), asyncio.Event()

    async def silent(reader, writer):
        await reader.read(1)
        heard.set()
        await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(8):
        async with recording("notes", f"http://127.0.0.1:{port}") as tracing:
            with tracing.received(None, sampled=True, kind="server", name="GET /"):
                pass
            assert not heard.is_set()
        assert heard.is_set()
        await left.wait()
    server.close()


async def test_replicas_are_told_apart_where_each_has_the_same_process_number():
    ids = set()
    for _ in range(2):
        async with recording("notes", "http://127.0.0.1:9") as tracing:
            ids.add(tracing._tracer.resource.attributes["service.instance.id"])
    assert len(ids) == 2


def test_a_service_without_an_endpoint_does_not_import_opentelemetry():
    code = """
import sys
import auth.app, auth.elsewhere, gateway.app, mailer.app, notes.app
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
