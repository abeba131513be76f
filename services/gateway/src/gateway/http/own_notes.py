"""`/api/v1/note`: what those may do who sent a note."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from chassis.rpc_client import RpcClient
from contracts.messages import Message
from contracts.notes.fields import Content, OptionalFlag, OptionalPassword, OptionalTime
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
from gateway.http.messages import read_message, slug_of, told
from gateway.middleware.context import request_context

MANAGE_TOKEN = "Onasty-Manage-Token"  # noqa: S105 - the name of a header
_NOTES = TypeAdapter(list[ListedNote])


class ExpiryBody(Message):
    expires_at: OptionalTime = None
    keep_before_expiration: OptionalFlag | None = None


class PasswordBody(Message):
    password: OptionalPassword = None


class ContentBody(Message):
    content: Content


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
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def status(self, request: web.Request) -> web.Response:
        query = told(lambda: GetNoteStatus(slug=slug_of(request), manage_token=_manage_token(request)))
        reply = await self._rpc.ask(query, request_context(request))
        return web.Response(body=reply, content_type="application/json")

    async def delete(self, request: web.Request) -> web.Response:
        command = told(lambda: DeleteNote(slug=slug_of(request), manage_token=_manage_token(request)))
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=204)

    async def change_expiry(self, request: web.Request) -> web.Response:
        body = await read_message(ExpiryBody, request, self._bodies)
        command = told(lambda: ChangeExpiry(slug=slug_of(request), **dict(body)))
        return await self._changed(request, command)

    async def change_password(self, request: web.Request) -> web.Response:
        body = await read_message(PasswordBody, request, self._bodies)
        command = told(lambda: ChangePassword(slug=slug_of(request), password=body.password))
        return await self._changed(request, command)

    async def change_content(self, request: web.Request) -> web.Response:
        body = await read_message(ContentBody, request, self._bodies)
        command = told(lambda: ChangeContent(slug=slug_of(request), content=body.content))
        return await self._changed(request, command)

    async def _changed(
        self, request: web.Request, command: ChangeExpiry | ChangePassword | ChangeContent
    ) -> web.Response:
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=200)


def _manage_token(request: web.Request) -> str | None:
    return request.headers.get(MANAGE_TOKEN)
