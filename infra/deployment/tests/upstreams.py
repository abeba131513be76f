"""What stands behind Caddy in its tests: gateways that answer, that give back, and that die."""

from contextlib import asynccontextmanager

from aiohttp import web

from devstack.ports import LOOPBACK
from gateway.middleware.elsewhere import ELSEWHERE, OTHERS_HEADER

WITHIN = 15
# Requests that the gateway had, and died under.
CUT = web.AppKey("cut", list)


@asynccontextmanager
async def serving(app):
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        yield f"{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def always(handler):
    """A gateway with one answer to everything."""
    app = web.Application()
    app[CUT] = []
    app.add_routes([web.route("*", "/{path:.*}", handler)])
    return app


def without_services(asked):
    """A gateway without NATS, as `elsewhere_middleware` has it answer."""

    async def refuse(request):
        asked.append(request.method)
        return web.json_response({}, status=ELSEWHERE if OTHERS_HEADER in request.headers else 500)

    return always(refuse)


async def whole(request):
    return web.json_response({"bytes": len(await request.read())})


async def cutting(request):
    request.app[CUT].append(request.method)
    request.transport.abort()
    return web.Response()
