"""The web client: one document that finds its own way by its address, and the files that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from chassis.settings import SettingsError
from gateway.http.static_file import CODINGS, StaticFile

INDEX = "index.html"
ASSETS = "/assets/"
# What makes markup in the client's framework, and what starts its worker.
TRUSTED_TYPES = "svelte-trusted-html onasty-worker"
CSP = "Content-Security-Policy"
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    CSP: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "worker-src 'self'; font-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        f"trusted-types {TRUSTED_TYPES}"
    ),
}
NOT_INDEXED = {"X-Robots-Tag": "noindex"}
INDEXED = {"/", "/how-it-works"}
# Their names change with their content.
ASSET_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}
# A worker takes its policy from its own response: what compiles WebAssembly is this one script alone.
WORKER = "argon2"
WORKER_HEADERS = {**ASSET_HEADERS, CSP: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"}
ICON_HEADERS = {"Cache-Control": "public, max-age=3600"}
# Below these nobody looks for a page.
NO_PAGES = ("/api/", ASSETS, "/.well-known/")


class PageHandlers:
    """Serves what was built when the gateway started: a build that follows does not mix with it."""

    def __init__(self, web_root: Path) -> None:
        """Reads the client. Raises `SettingsError` for a folder without one."""
        try:
            self._index = StaticFile.read(web_root / INDEX)
        except OSError:
            raise SettingsError(f"GATEWAY_WEB_ROOT: {web_root} has no {INDEX}") from None
        self._files = _files(web_root)

    @property
    def icons(self) -> list[str]:
        """Paths of the files that are no assets: icons mostly, whose names stay what they are."""
        return sorted(path for path in self._files if not path.startswith(ASSETS) and path != f"/{INDEX}")

    async def page(self, request: web.Request) -> web.Response:
        return self._index.response(request, _page_headers(request.path))

    async def icon(self, request: web.Request) -> web.Response:
        return self._files[request.path].response(request, ICON_HEADERS)

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        file = self._files.get(f"{ASSETS}{name}")
        if file is None:
            raise web.HTTPNotFound
        return file.response(request, WORKER_HEADERS if name.startswith(WORKER) else ASSET_HEADERS)

    def not_found(self, request: web.Request) -> web.Response:
        """The document again, which says that there is no such page."""
        return self._index.response(
            request, {**_page_headers(request.path), "Cache-Control": "no-store"}, status=404
        )


def not_found_middleware(pages: PageHandlers) -> Middleware:
    """Shows people a page where programs get a problem: who navigates to nowhere asks for text/html."""

    @web.middleware
    async def not_found(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if not _navigates(request):
                raise
            return pages.not_found(request)

    return not_found


def _navigates(request: web.Request) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and not request.path.startswith(NO_PAGES)
        and "text/html" in request.headers.get("Accept", "").lower()
    )


def _page_headers(path: str) -> Mapping[str, str]:
    return PAGE_HEADERS if path in INDEXED else PAGE_HEADERS | NOT_INDEXED


def _files(folder: Path) -> dict[str, StaticFile]:
    """All below it, by the path of their address; nothing hidden."""
    found = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    return {
        address: StaticFile.read(path)
        for address, path in found.items()
        if "/." not in address and path.suffix not in CODINGS.values()
    }
