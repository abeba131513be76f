"""Everything that the gateway serves: method and path → handler."""

from __future__ import annotations

from aiohttp import web

from gateway.http.notes import NoteHandlers
from gateway.http.pages import PageHandlers
from gateway.http.ping import ping


def api_routes(notes: NoteHandlers) -> list[web.RouteDef]:
    """The API. No GET answers a HEAD: one that reads a note would burn it for nobody."""
    return [
        web.get("/api/ping", ping, allow_head=False),
        web.post("/api/v1/note", notes.create),
        web.get("/api/v1/note/{slug}", notes.view, allow_head=False),
        web.post("/api/v1/note/{slug}/view", notes.view),
        web.get("/api/v1/note/{slug}/meta", notes.metadata, allow_head=False),
    ]


def page_routes(pages: PageHandlers) -> list[web.RouteDef]:
    """The web client. It finds its own way below these paths."""
    return [
        web.get("/", pages.index),
        web.get("/secret/{slug}", pages.index),
        web.get("/assets/{name}", pages.asset),
    ]
