"""HTTP for operators, on a port of its own: `/livez`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from chassis.health import Health

CLOSE_AFTER = 1.0


@asynccontextmanager
async def ops_server(
    health: Health, metrics: CollectorRegistry, *, host: str, port: int
) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port. Raises `OSError` when the address is taken.

    `/livez` is 200 while the event loop turns; `/readyz` is 200 or 503 with a word for each check.
    """

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        ready, words = health.report()
        return web.json_response(words, status=200 if ready else 503)

    async def exposition(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_AFTER)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
