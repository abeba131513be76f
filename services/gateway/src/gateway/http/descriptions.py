"""`/api/openapi.json`, `/api/asyncapi.json`, and `/api/docs`, which shows the first to people."""

from __future__ import annotations

from importlib import metadata, resources
from pathlib import Path

from aiohttp import web

from gateway.http.messages import json_response

# Of Swagger UI, as drf-spectacular-sidecar carries it.
VIEWER = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
KINDS = {"js": "text/javascript", "css": "text/css"}


class DescriptionHandlers:
    """Read once, kept in memory; what is served is the same until the gateway stops."""

    def __init__(self, openapi: str, asyncapi: str) -> None:
        self._openapi = openapi.encode()
        self._asyncapi = asyncapi.encode()
        # Not as a package's resource: to import that package asks for Django.
        viewer = Path(str(metadata.distribution("drf-spectacular-sidecar").locate_file(VIEWER)))
        ours = resources.files(__package__) / "viewer"
        self._page = (ours / "index.html").read_bytes()
        self._files = {
            name: (folder / name).read_bytes()
            for folder, names in (
                (viewer, ("swagger-ui-bundle.js", "swagger-ui.css")),
                (ours, ("start.js", "page.css")),
            )
            for name in names
        }

    async def openapi(self, _: web.Request) -> web.Response:
        return json_response(self._openapi)

    async def asyncapi(self, _: web.Request) -> web.Response:
        return json_response(self._asyncapi)

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(body=self._page, content_type="text/html", charset="utf-8", headers=PAGE_HEADERS)

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        return web.Response(
            body=self._files[name], content_type=KINDS[name.rpartition(".")[2]], charset="utf-8"
        )
