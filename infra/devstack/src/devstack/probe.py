"""Asking a server whether it is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

ANSWER_WITHIN = 2.0


@contextlib.asynccontextmanager
async def _connected(
    host: str, port: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answers(host: str, port: int, question: bytes, answer: bytes) -> bool:
    """Whether the first line of its reply to `question` contains `answer`; no, if it is not there."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN), _connected(host, port) as (reader, writer):
            writer.write(question)
            return answer in await reader.readline()
    except (OSError, TimeoutError, ValueError):
        return False


async def http_ok(host: str, port: int, path: str) -> bool:
    """Whether a GET of `path` is answered with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    return await answers(host, port, request.encode(), b" 200 ")
