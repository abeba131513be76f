"""Everything that the gateway serves: method and path → handler."""

from __future__ import annotations

from aiohttp import web

from gateway.http.accounts import AccountHandlers
from gateway.http.descriptions import DescriptionHandlers
from gateway.http.notes import NoteHandlers
from gateway.http.own_notes import OwnNoteHandlers
from gateway.http.pages import PageHandlers
from gateway.http.ping import ping


def api_routes(notes: NoteHandlers, own: OwnNoteHandlers) -> list[web.RouteDef]:
    """The API. No GET answers a HEAD: one that reads a note would burn it for nobody."""
    return [
        web.get("/api/ping", ping, allow_head=False),
        web.post("/api/v1/note", notes.create),
        web.get("/api/v1/note", own.all, allow_head=False),
        web.get("/api/v1/note/read", own.read, allow_head=False),
        web.get("/api/v1/note/unread", own.unread, allow_head=False),
        web.get("/api/v1/note/{slug}", notes.view_by_get, allow_head=False),
        web.delete("/api/v1/note/{slug}", own.delete),
        web.post("/api/v1/note/{slug}/view", notes.view),
        web.post("/api/v1/note/{slug}/ack", notes.acknowledge),
        web.get("/api/v1/note/{slug}/meta", notes.metadata, allow_head=False),
        web.get("/api/v1/note/{slug}/status", own.status, allow_head=False),
        web.patch("/api/v1/note/{slug}/expires", own.change_expiry),
        web.patch("/api/v1/note/{slug}/password", own.change_password),
        web.patch("/api/v1/note/{slug}/content", own.change_content),
    ]


def account_routes(accounts: AccountHandlers) -> list[web.RouteDef]:
    """Accounts."""
    return [
        web.post("/api/v1/auth/signup", accounts.sign_up),
        web.post("/api/v1/auth/signin", accounts.sign_in),
        web.post("/api/v1/auth/verify", accounts.verify),
        web.post("/api/v1/auth/resend-verification-email", accounts.resend_verification),
    ]


def description_routes(descriptions: DescriptionHandlers) -> list[web.RouteDef]:
    """What there is, for programs and for people."""
    return [
        web.get("/api/openapi.json", descriptions.openapi, allow_head=False),
        web.get("/api/asyncapi.json", descriptions.asyncapi, allow_head=False),
        web.get("/api/docs", descriptions.page),
        web.get("/api/docs/{name}", descriptions.file),
    ]


def page_routes(pages: PageHandlers) -> list[web.RouteDef]:
    """The web client. It finds its own way below these paths."""
    return [
        web.get("/", pages.index),
        web.get("/secret/{slug}", pages.index),
        web.get("/verify", pages.link),
        web.get("/reset", pages.link),
        web.get("/change-email", pages.link),
        web.get("/assets/{name}", pages.asset),
    ]
