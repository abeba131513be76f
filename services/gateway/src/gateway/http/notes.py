"""`/api/v1/note`: writing, looking, reading."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import AcknowledgeReveal, CreateNote, GetNoteMetadata, RevealNote
from gateway.http.body import BodyReader
from gateway.http.messages import json_response, read_message, slug_of, told
from gateway.middleware.context import request_context

IDEMPOTENCY_KEY = "Idempotency-Key"
MAX_IDEMPOTENCY_KEY = 255


class NoteHandlers:
    """Bodies of notes pass through as bytes, both ways: the notes service alone reads them."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader) -> None:
        self._rpc = rpc
        self._bodies = bodies

    async def create(self, request: web.Request) -> web.Response:
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is not None and not (
            0 < len(key) <= MAX_IDEMPOTENCY_KEY and key.isascii() and key.isprintable()
        ):
            raise ServiceError(
                ErrorCode.INVALID_REQUEST, f"{IDEMPOTENCY_KEY}: 1 to 255 printable ASCII characters"
            )
        body = await self._bodies.read(request)
        context = request_context(request, idempotency_key=key)
        reply = await self._rpc.forward(CreateNote, body, context)
        return json_response(reply, status=HTTPStatus.CREATED)

    async def view_by_get(self, request: web.Request) -> web.Response:
        """For old clients. It shows nothing, so a note that asks for something is refused."""
        command = told(lambda: RevealNote(slug=slug_of(request)))
        reply = await self._rpc.ask(command, request_context(request))
        return json_response(reply)

    async def view(self, request: web.Request) -> web.Response:
        command = await read_message(RevealNote, request, self._bodies)
        reply = await self._rpc.ask(command, request_context(request))
        return json_response(reply)

    async def acknowledge(self, request: web.Request) -> web.Response:
        command = await read_message(AcknowledgeReveal, request, self._bodies)
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=204)

    async def metadata(self, request: web.Request) -> web.Response:
        query = told(lambda: GetNoteMetadata(slug=slug_of(request)))
        reply = await self._rpc.ask(query, request_context(request))
        return json_response(reply)
