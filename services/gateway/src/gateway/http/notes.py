"""`/api/v1/note`."""

from __future__ import annotations

from aiohttp import web
from pydantic import ValidationError

from chassis.rpc_client import RpcClient
from contracts.errors import invalid_request
from contracts.messages import Message
from contracts.notes.rpc import CreateNote, GetNoteMetadata, RevealNote
from gateway.http.body import BodyReader
from gateway.middleware.context import request_context


class ViewBody(Message):
    """What a reader sends: nothing yet, as `{}` or an empty body."""


class NoteHandlers:
    """Bodies of notes pass through as bytes, both ways: the notes service alone reads them."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader) -> None:
        self._rpc = rpc
        self._bodies = bodies

    async def create(self, request: web.Request) -> web.Response:
        body = await self._bodies.read(request)
        reply = await self._rpc.forward(CreateNote, body, request_context(request))
        return web.Response(body=reply, content_type="application/json", status=201)

    async def view(self, request: web.Request) -> web.Response:
        body = await self._bodies.read(request)
        try:
            ViewBody.model_validate_json(body or b"{}")
            command = RevealNote(slug=request.match_info["slug"])
        except ValidationError as error:
            raise invalid_request(error) from error
        reply = await self._rpc.ask(command, request_context(request))
        return web.Response(body=reply, content_type="application/json")

    async def metadata(self, request: web.Request) -> web.Response:
        try:
            query = GetNoteMetadata(slug=request.match_info["slug"])
        except ValidationError as error:
            raise invalid_request(error) from error
        reply = await self._rpc.ask(query, request_context(request))
        return web.Response(body=reply, content_type="application/json")
