"""Request bodies: bounded in size and in time."""

from __future__ import annotations

import asyncio

from aiohttp import web

from contracts.errors import ErrorCode, ServiceError

CONTINUES = web.RequestKey("continues", bool)


class BodyReader:
    """Reads a whole body, or refuses it with a reason.

    A client that waits to be told to go on is told so here: one that is refused before sends nothing.
    """

    def __init__(self, *, max_bytes: int, timeout: float) -> None:
        self._max_bytes = max_bytes
        self._timeout = timeout

    async def read(self, request: web.Request) -> bytes:
        """Raises `body_too_large`, `body_too_slow`, `unsupported_encoding`, or `invalid_request` for half a
        body.
        """
        if any(coding != "identity" for coding in request.headers.getall("Content-Encoding", ())):
            # A few kilobytes could unpack to gigabytes.
            raise ServiceError(ErrorCode.UNSUPPORTED_ENCODING, "Send the body without Content-Encoding.")
        try:
            if request.content.is_eof():
                # It came with the head, and a timer costs more than reading it.
                return await self._whole(request)
            async with asyncio.timeout(self._timeout):
                if request.get(CONTINUES):
                    await _go_on(request)
                return await self._whole(request)
        except (ConnectionError, web.RequestPayloadError) as error:
            raise ServiceError(ErrorCode.INVALID_REQUEST, "The body did not arrive whole.") from error
        except TimeoutError as error:
            raise ServiceError(
                ErrorCode.BODY_TOO_SLOW, f"The body did not arrive within {self._timeout:g} seconds."
            ) from error

    async def _whole(self, request: web.Request) -> bytes:
        # Not `request.read`: the request keeps what that read until its connection has another, or ends.
        chunks, size = [], 0
        async for chunk in request.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if size > self._max_bytes:
                raise too_large(self._max_bytes)
        return b"".join(chunks)


async def _go_on(request: web.Request) -> None:
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # Of the answer itself nothing is sent.
    request.writer.output_size = 0


def too_large(max_bytes: int) -> ServiceError:
    return ServiceError(ErrorCode.BODY_TOO_LARGE, f"The body is larger than the limit of {max_bytes} bytes.")
