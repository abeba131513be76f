"""The cookies of browsers: a session's refresh token, and what binds a browser to a sign-in elsewhere.

Both are for this host alone (`__Host-`: Secure, no Domain, Path=/) and out of reach of scripts. Browsers take
them over plain HTTP from 127.0.0.1 and localhost, too.
"""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import AnyHttpUrl
from yarl import URL

from contracts.errors import ErrorCode, ServiceError

SESSION_COOKIE = "__Host-onasty-session"
BINDING_COOKIE = "__Host-onasty-oauth"
# Seconds. A session ends after 30 days without use.
SESSION_COOKIE_LASTS = 30 * 24 * 3600
# For so long a sign-in elsewhere may take.
BINDING_COOKIE_LASTS = 600
MAX_COOKIE = 2048


class OwnOrigin:
    """The origin of our own pages."""

    def __init__(self, public_url: AnyHttpUrl) -> None:
        self._origin = str(URL(str(public_url)).origin())

    def require(self, request: web.Request) -> None:
        """Raises `origin_refused` for a request of anything but one of our own pages.

        Browsers send `Origin` with every request that is no plain GET, and no page can change it.
        """
        if request.headers.getall("Origin", []) != [self._origin]:
            raise ServiceError(
                ErrorCode.ORIGIN_REFUSED, f"Cookie sessions are for pages of {self._origin} alone."
            )


def session_token(request: web.Request) -> str | None:
    """The refresh token of the session's cookie. Only what asked `OwnOrigin` before may read it."""
    return _read(request, SESSION_COOKIE)


def binding(request: web.Request) -> str | None:
    """What the browser was given when it left for a provider."""
    return _read(request, BINDING_COOKIE)


def set_session(response: web.StreamResponse, refresh_token: str) -> None:
    _set(response, SESSION_COOKIE, refresh_token, SESSION_COOKIE_LASTS, "Strict")


def set_binding(response: web.StreamResponse, value: str) -> None:
    # Lax: whoever comes back from a provider comes from another site.
    _set(response, BINDING_COOKIE, value, BINDING_COOKIE_LASTS, "Lax")


def clear_session(response: web.StreamResponse) -> None:
    _set(response, SESSION_COOKIE, "", 0, "Strict")


def clear_binding(response: web.StreamResponse) -> None:
    _set(response, BINDING_COOKIE, "", 0, "Lax")


def _read(request: web.Request, name: str) -> str | None:
    value = request.cookies.get(name)
    return value if value and len(value) <= MAX_COOKIE else None


def _set(
    response: web.StreamResponse, name: str, value: str, lasts: int, same_site: Literal["Lax", "Strict"]
) -> None:
    response.set_cookie(name, value, max_age=lasts, path="/", secure=True, httponly=True, samesite=same_site)
