"""`/api/v1/note`: what those may do who sent a note."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from chassis.rpc_client import RpcClient
from contracts.notes.rpc import (
    ChangeContent,
    ChangeExpiry,
    ChangePassword,
    DeleteNote,
    GetNoteStatus,
    ListedNote,
    ListNotes,
    NoteFilter,
)
from gateway.http.body import BodyReader
from gateway.http.messages import json_response, read_message, slug_of, told
from gateway.middleware.context import request_context

MANAGE_TOKEN = "Onasty-Manage-Token"  # noqa: S105 - the name of a header
_NOTES = TypeAdapter(list[ListedNote])


class OwnNoteHandlers:
    """For the author, by bearer token, or for the holder of a note's manage token, by header."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader) -> None:
        self._rpc = rpc
        self._bodies = bodies

    async def all(self, request: web.Request) -> web.Response:
        return await self._page(request, NoteFilter.ALL)

    async def read(self, request: web.Request) -> web.Response:
        return await self._page(request, NoteFilter.READ)

    async def unread(self, request: web.Request) -> web.Response:
        return await self._page(request, NoteFilter.UNREAD)

    async def _page(self, request: web.Request, which: NoteFilter) -> web.Response:
        asked = {name: request.query[name] for name in ("limit", "after") if name in request.query}
        query = told(lambda: ListNotes.model_validate({**asked, "filter": which}))
        page = await self._rpc.call(query, request_context(request))
        headers = {}
        if page.next is not None:
            after = request.rel_url.path + f"?limit={query.limit}&after={page.next}"
            headers["Link"] = f'<{after}>; rel="next"'
        body = _NOTES.dump_json(page.notes, exclude_none=True)
        return json_response(body, headers=headers)

    async def status(self, request: web.Request) -> web.Response:
        query = told(lambda: GetNoteStatus(slug=slug_of(request), manage_token=_manage_token(request)))
        reply = await self._rpc.ask(query, request_context(request))
        return json_response(reply)

    async def delete(self, request: web.Request) -> web.Response:
        command = told(lambda: DeleteNote(slug=slug_of(request), manage_token=_manage_token(request)))
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=204)

    async def change_expiry(self, request: web.Request) -> web.Response:
        return await self._change(ChangeExpiry, request)

    async def change_password(self, request: web.Request) -> web.Response:
        return await self._change(ChangePassword, request)

    async def change_content(self, request: web.Request) -> web.Response:
        return await self._change(ChangeContent, request)

    async def _change(
        self, kind: type[ChangeExpiry | ChangePassword | ChangeContent], request: web.Request
    ) -> web.Response:
        command = await read_message(kind, request, self._bodies)
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=200)


def _manage_token(request: web.Request) -> str | None:
    return request.headers.get(MANAGE_TOKEN)
