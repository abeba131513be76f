"""Requests to providers: bounded in time and size, and nobody is followed elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from pydantic import TypeAdapter, ValidationError

from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

# Seconds, for all that one sign-in asks of a provider; the last is kept for what is done with the answer.
TIME_LIMIT = 3.0
KEPT_TIME = 0.75
SIZE_LIMIT = 64 * 1024  # bytes
# What a provider says no with; RFC 6749 (5.2) has 400 and 401.
REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class ProviderRequests:
    """Answers are JSON and at most 64 KiB. Whatever else comes is `unavailable`, its text is never shown."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @asynccontextmanager
    async def within(self, context: RequestContext) -> AsyncIterator[None]:
        """Raises `unavailable` when what is asked in the block takes 3 s, or too long for the deadline."""
        try:
            async with asyncio.timeout(min(TIME_LIMIT, context.remaining() - KEPT_TIME)):
                yield
        except TimeoutError as error:
            raise _unavailable() from error

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[bool, Any]:
        """Whether the provider did what was asked, and the JSON that it said."""
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                content = b""
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > SIZE_LIMIT:
                        raise _unavailable()
                if response.status != HTTPStatus.OK and response.status not in REFUSALS:
                    raise _unavailable()
                return response.status == HTTPStatus.OK, _JSON.validate_json(content)
        except (aiohttp.ClientError, OSError, ValidationError) as error:
            raise _unavailable() from error


@asynccontextmanager
async def provider_requests() -> AsyncIterator[ProviderRequests]:
    """With connections of their own, and no cookies."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "Onasty", "Accept": "application/json", "Accept-Encoding": "identity"},
    ) as session:
        yield ProviderRequests(session)


_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def _unavailable() -> ServiceError:
    return ServiceError(
        ErrorCode.UNAVAILABLE, "The other service does not answer as it should; try again later."
    )
