"""The web client's files."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class PageHandlers:
    """Every page is the same document; what it shows follows from its address."""

    def __init__(self, web_root: Path) -> None:
        self._index = web_root / "index.html"
        self.assets = web_root / "assets"

    async def index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self._index, headers=PAGE_HEADERS)
