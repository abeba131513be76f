"""What goes wrong around a page: for `page.route`, and as scripts in it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from playwright.async_api import Route

# No page may write to it; `delete navigator.clipboard` brings it back.
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
DAYS = 86_400_000


def clock_ahead(by: int = 0) -> str:
    """Its clock is so many milliseconds ahead, until it says `ahead = …`."""
    return f"{{ const right = Date.now; globalThis.ahead = {by}; Date.now = () => right() + ahead }}"


async def cut(route: Route) -> None:
    """The request does not get there."""
    await route.abort()


async def lose(route: Route) -> None:
    """The server does what it is asked, and its answer is lost."""
    await route.fetch()
    await route.abort()


def refusing(
    code: str, status: int = 503, retry_after: int | None = None
) -> Callable[[Route], Awaitable[None]]:
    """The server answers so."""

    async def refuse(route: Route) -> None:
        headers = {"Content-Type": "application/problem+json"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        problem = {"code": code, "detail": "", "status": status, "request_id": "x"}
        await route.fulfill(status=status, headers=headers, body=json.dumps(problem))

    return refuse
