"""The web client's files."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from chassis.settings import SettingsError

PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Robots-Tag": "noindex",
}
# The policy is for a picture that is opened by itself: an SVG is a document.
ASSET_HEADERS = {"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'none'"}


class PageHandlers:
    """Two documents: for notes, and for the links of letters. What each shows follows from its address."""

    def __init__(self, web_root: Path) -> None:
        """Raises `SettingsError` for a folder without a client. What is served is what lies there now."""
        self._index = web_root / "index.html"
        self._link = web_root / "link.html"
        if not self._index.is_file():
            raise SettingsError(f"GATEWAY_WEB_ROOT: {web_root} has no index.html")
        self._assets = {path.name: path for path in (web_root / "assets").glob("*") if path.is_file()}

    async def index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self._index, headers=PAGE_HEADERS)

    async def link(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self._link, headers=PAGE_HEADERS)

    async def asset(self, request: web.Request) -> web.FileResponse:
        path = self._assets.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=ASSET_HEADERS)
