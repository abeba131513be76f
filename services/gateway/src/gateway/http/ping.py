"""`/api/ping`."""

from __future__ import annotations

from aiohttp import web

from contracts.ping import Pong
from gateway.description.operation import Identity, Operation, described


@described(Operation(id="ping", summary="Is the gateway there", reply=Pong, identity=Identity.NOBODY))
async def ping(_: web.Request) -> web.Response:
    """The gateway answers; nothing else is asked."""
    return web.json_response({"message": "pong"})
