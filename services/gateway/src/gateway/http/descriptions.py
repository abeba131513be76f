"""`/api/openapi.json`, `/api/asyncapi.json`, and `/api/docs`, which shows the first to people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from aiohttp import web

from gateway.http.messages import json_response

OURS = Path(__file__).parent / "viewer"
# Swagger UI, as drf-spectacular-sidecar carries it.
SWAGGER_UI = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
# Kept by browsers and asked for by its ETag: one of them has 1.6 MB.
FILE_HEADERS = {"Cache-Control": "no-cache"}


class DescriptionHandlers:
    """The descriptions are those of the running code; the files of the page lie in their packages.

    Each is made when somebody first asks for it, in a thread: made by a process at its start, they would cost
    it 4 MiB for good.
    """

    def __init__(self, openapi: Callable[[], str], asyncapi: Callable[[], str]) -> None:
        self._openapi = _Made(openapi)
        self._asyncapi = _Made(asyncapi)
        # Not as a package's resource: to import that package asks for Django.
        theirs = Path(str(metadata.distribution("drf-spectacular-sidecar").locate_file(SWAGGER_UI)))
        self._files = {
            path.name: path
            for path in (
                theirs / "swagger-ui-bundle.js",
                theirs / "swagger-ui.css",
                OURS / "start.js",
                OURS / "page.css",
            )
        }

    async def openapi(self, _: web.Request) -> web.Response:
        return json_response(await self._openapi.text())

    async def asyncapi(self, _: web.Request) -> web.Response:
        return json_response(await self._asyncapi.text())

    async def page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(OURS / "index.html", headers=PAGE_HEADERS)

    async def file(self, request: web.Request) -> web.FileResponse:
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=FILE_HEADERS)


class _Made:
    """A text, made once."""

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make
        self._text: bytes | None = None
        self._making = asyncio.Lock()

    async def text(self) -> bytes:
        async with self._making:
            if self._text is None:
                self._text = (await asyncio.to_thread(self._make)).encode()
        return self._text
