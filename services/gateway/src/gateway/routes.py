"""Everything that the gateway serves: method and path → handler."""

from __future__ import annotations

from aiohttp import web

from gateway.http.cookie_sessions import CookieSessionHandlers
from gateway.http.descriptions import DescriptionHandlers
from gateway.http.jwks import JwksHandlers
from gateway.http.link_pages import TOKEN_PATTERN
from gateway.http.live import LiveHandlers
from gateway.http.me import MeHandlers
from gateway.http.notes import NoteHandlers
from gateway.http.oauth import OauthHandlers
from gateway.http.own_notes import OwnNoteHandlers
from gateway.http.pages import PageHandlers
from gateway.http.passwords import PasswordHandlers
from gateway.http.ping import ping
from gateway.http.sessions import SessionHandlers
from gateway.http.sign_up import SignUpHandlers

AUTH = "/api/v1/auth"
OLD_OAUTH = "/api/v1/oauth"
TOKEN = f"{{token:{TOKEN_PATTERN}}}"


def api_routes(notes: NoteHandlers, own: OwnNoteHandlers, live: LiveHandlers) -> list[web.RouteDef]:
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
        web.get("/api/v1/note/{slug}/events", live.note, allow_head=False),
        web.get("/api/v1/events", live.own, allow_head=False),
        web.patch("/api/v1/note/{slug}/expires", own.change_expiry),
        web.patch("/api/v1/note/{slug}/password", own.change_password),
        web.patch("/api/v1/note/{slug}/content", own.change_content),
    ]


def account_routes(
    sign_up: SignUpHandlers, passwords: PasswordHandlers, me: MeHandlers
) -> list[web.RouteDef]:
    """Accounts. What has a token in its path is for clients of the Go Onasty."""
    return [
        web.post(f"{AUTH}/signup", sign_up.sign_up),
        web.post(f"{AUTH}/verify", sign_up.verify),
        web.get(f"{AUTH}/verify/{TOKEN}", sign_up.verify_page, allow_head=False),
        web.post(f"{AUTH}/verify/{TOKEN}", sign_up.verify_by_path),
        web.post(f"{AUTH}/resend-verification-email", sign_up.resend_verification),
        web.post(f"{AUTH}/reset-password", passwords.request_reset),
        web.post(f"{AUTH}/reset-password/confirm", passwords.reset),
        web.post(f"{AUTH}/reset-password/{TOKEN}", passwords.reset_by_path),
        web.post(f"{AUTH}/change-password", passwords.change),
        web.post(f"{AUTH}/change-email", passwords.request_email_change),
        web.post(f"{AUTH}/change-email/confirm", passwords.confirm_email_change),
        web.get(f"{AUTH}/change-email/{TOKEN}", passwords.email_change_page, allow_head=False),
        web.post(f"{AUTH}/change-email/{TOKEN}", passwords.confirm_email_change_by_path),
        web.get("/api/v1/me", me.get, allow_head=False),
        web.delete("/api/v1/me", me.delete),
        web.get("/api/v1/me/export", me.export, allow_head=False),
    ]


def session_routes(
    sessions: SessionHandlers, cookies: CookieSessionHandlers, oauth: OauthHandlers, jwks: JwksHandlers
) -> list[web.RouteDef]:
    """Ways in and out. Of the OAuth ones the Go Onasty has had both paths."""
    return [
        web.post(f"{AUTH}/signin", sessions.sign_in),
        web.post(f"{AUTH}/refresh-tokens", sessions.refresh),
        web.post(f"{AUTH}/logout", sessions.sign_out),
        web.post(f"{AUTH}/logout/all", sessions.sign_out_everywhere),
        web.get(f"{AUTH}/sessions", sessions.all, allow_head=False),
        web.delete(f"{AUTH}/sessions/{{session_id}}", sessions.revoke),
        web.get(f"{AUTH}/identities", sessions.identities, allow_head=False),
        web.delete(f"{AUTH}/identities/{{provider}}", sessions.unlink),
        web.post("/api/v1/session", cookies.open),
        web.post("/api/v1/session/refresh", cookies.refresh),
        web.delete("/api/v1/session", cookies.close),
        web.get(f"{AUTH}/providers", oauth.providers, allow_head=False),
        web.get(f"{AUTH}/oauth/{{provider}}", oauth.begin, allow_head=False),
        web.post(f"{AUTH}/oauth/{{provider}}", oauth.begin_link),
        web.get(f"{AUTH}/oauth/{{provider}}/callback", oauth.callback, allow_head=False),
        web.get(f"{OLD_OAUTH}/{{provider}}", oauth.begin_by_old_path, allow_head=False),
        web.get(f"{OLD_OAUTH}/{{provider}}/callback", oauth.callback_by_old_path, allow_head=False),
        web.get("/.well-known/jwks.json", jwks.jwks, allow_head=False),
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
    paths = (
        "/",
        "/secret/{slug}",
        "/manage/{slug}",
        "/notes",
        "/how-it-works",
        "/auth",
        "/verify",
        "/reset",
        "/change-email",
        "/oauth/callback",
        "/dashboard",
        "/profile",
    )
    return [
        *(web.get(path, pages.page) for path in paths),
        *(web.get(path, pages.icon) for path in pages.icons),
        web.get("/assets/{name}", pages.asset),
    ]
