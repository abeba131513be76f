"""`/api/ping`."""

from __future__ import annotations

from aiohttp import web


async def ping(_: web.Request) -> web.Response:
    """The gateway answers; nothing else is asked."""
    return web.json_response({"message": "pong"})
