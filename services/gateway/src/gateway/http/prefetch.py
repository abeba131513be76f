"""What a browser fetches before anybody asked for it reads no note."""

from __future__ import annotations

from aiohttp import web

from contracts.errors import ErrorCode, ServiceError

# https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header, and its forerunners.
HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
AHEAD = ("prefetch", "prerender", "preview")


def refuse_prefetch(request: web.Request) -> None:
    """Raises `prefetch_refused`."""
    for name in HEADERS:
        if request.headers.get(name, "").strip().lower().startswith(AHEAD):
            raise ServiceError(
                ErrorCode.PREFETCH_REFUSED, "A note is not read ahead; ask for it without prefetching."
            )
