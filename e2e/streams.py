"""Streams of events as a script reads them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from .described import Description

PATIENCE = 10.0
FOREVER = aiohttp.ClientTimeout(total=None)


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    name: str
    data: Any
    id: str | None

    @property
    def about(self) -> tuple[str, str]:
        """What happened, and to which note."""
        return self.name, self.data["note"]["slug"]


class Watching:
    """An open stream, every message of which is held against the description."""

    def __init__(self, operation: str, response: aiohttp.ClientResponse) -> None:
        self._operation, self.response = operation, response

    async def next(self, *, within: float = PATIENCE) -> Said:
        """The next message. Fails at the end of the stream, and after so many seconds."""
        said = await self._read(within)
        assert said is not None, "the stream has ended"
        return said

    async def until(self, name: str, slug: str | None = None, *, within: float = PATIENCE) -> Said:
        """The next message of this name, about this note."""
        while True:
            said = await self.next(within=within)
            if said.name == name and slug in {None, said.data.get("note", {}).get("slug")}:
                return said

    async def end(self, *, within: float = PATIENCE) -> str:
        """Why it ended; fails when anything else is said, or something after it."""
        said = await self.next(within=within)
        assert said.name == "end", said
        assert await self._read(within) is None
        return str(said.data["reason"])

    async def _read(self, within: float) -> Said | None:
        fields: dict[str, str] = {}
        while line := await self._line(within):
            if line == "\n" and fields:
                said = Said(fields["event"], json.loads(fields["data"]), fields.get("id"))
                DESCRIBED.check_event(self._operation, said.name, said.data)
                return said
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
        return None

    async def _line(self, within: float) -> str:
        async with asyncio.timeout(within):
            return (await self.response.content.readline()).decode()


DESCRIBED = Description.committed()


@asynccontextmanager
async def watching(session: aiohttp.ClientSession) -> AsyncIterator[Callable[..., Awaitable[Watching]]]:
    """`await watch(url, headers)`: a stream, open until the block ends. Fails when it is refused."""
    async with AsyncExitStack() as streams:

        async def watch(url: str, headers: dict[str, str]) -> Watching:
            asking = session.get(url, headers=headers, timeout=FOREVER)
            response = await streams.enter_async_context(asking)
            assert response.status == HTTPStatus.OK, await response.text()
            assert response.content_type == "text/event-stream"
            operation = "own_events" if url.endswith("/api/v1/events") else "note_events"
            return Watching(operation, response)

        yield watch
