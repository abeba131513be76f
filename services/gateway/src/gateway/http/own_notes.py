"""`/api/v1/note`: what those may do who sent a note."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from chassis.rpc_client import RpcClient
from contracts.errors import ErrorCode
from contracts.messages import Request
from contracts.notes.rpc import (
    ChangeContent,
    ChangeExpiry,
    ChangePassword,
    DeleteNote,
    GetNoteStatus,
    ListedNote,
    ListNotes,
    NoteFilter,
    NoteStatus,
)
from gateway.description.operation import Identity, Operation, described
from gateway.http.body import BodyReader
from gateway.http.messages import json_response, read_message, slug_of, told
from gateway.middleware.context import request_context

MANAGE_TOKEN = "Onasty-Manage-Token"  # noqa: S105 - the name of a header
_NOTES = TypeAdapter(list[ListedNote])
MANAGE_TOKEN_HEADER = {
    MANAGE_TOKEN: {
        "description": "The `manage_token` that the note was written with.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    }
}


def _listing(id: str, summary: str) -> Operation:
    return Operation(
        id=id,
        summary=summary,
        request=ListNotes,
        reply=list[ListedNote],
        identity=Identity.USER,
        query=("limit", "after"),
        reply_headers={"Link": 'the next page, as `rel="next"`; none on the last'},
    )


def _change(id: str, summary: str, request: type[Request[Any]], example: Mapping[str, Any]) -> Operation:
    return Operation(
        id=id,
        summary=summary,
        request=request,
        body=True,
        identity=Identity.USER,
        refusals=(
            ErrorCode.NOTE_NOT_FOUND,
            ErrorCode.NOTE_ALREADY_READ,
            ErrorCode.NOTE_EXPIRED,
            *((ErrorCode.CONTENT_TOO_LARGE,) if request is ChangeContent else ()),
        ),
        examples={"a change": example},
    )


class OwnNoteHandlers:
    """For the author, by bearer token, or for the holder of a note's manage token, by header."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader) -> None:
        self._rpc = rpc
        self._bodies = bodies

    @described(_listing("list_notes", "List your notes"))
    async def all(self, request: web.Request) -> web.Response:
        return await self._page(request, NoteFilter.ALL)

    @described(_listing("list_read_notes", "List your notes that were read"))
    async def read(self, request: web.Request) -> web.Response:
        return await self._page(request, NoteFilter.READ)

    @described(_listing("list_unread_notes", "List your notes that wait"))
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

    @described(
        Operation(
            id="note_status",
            summary="What became of a note",
            request=GetNoteStatus,
            reply=NoteStatus,
            headers=MANAGE_TOKEN_HEADER,
            refusals=(ErrorCode.NOTE_NOT_FOUND,),
        )
    )
    async def status(self, request: web.Request) -> web.Response:
        query = told(lambda: GetNoteStatus(slug=slug_of(request), manage_token=manage_token_of(request)))
        reply = await self._rpc.ask(query, request_context(request))
        return json_response(reply)

    @described(
        Operation(
            id="delete_note",
            summary="End a note",
            request=DeleteNote,
            status=HTTPStatus.NO_CONTENT,
            headers=MANAGE_TOKEN_HEADER,
            refusals=(ErrorCode.NOTE_NOT_FOUND,),
        )
    )
    async def delete(self, request: web.Request) -> web.Response:
        command = told(lambda: DeleteNote(slug=slug_of(request), manage_token=manage_token_of(request)))
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @described(
        _change("change_expiry", "Change when a note ends", ChangeExpiry, {"keep_before_expiration": True})
    )
    async def change_expiry(self, request: web.Request) -> web.Response:
        return await self._change(ChangeExpiry, request)

    @described(
        _change("change_password", "Change a note's password", ChangePassword, {"password": "another"})
    )
    async def change_password(self, request: web.Request) -> web.Response:
        return await self._change(ChangePassword, request)

    @described(
        _change("change_content", "Change what a note says", ChangeContent, {"content": "the code is 0001"})
    )
    async def change_content(self, request: web.Request) -> web.Response:
        return await self._change(ChangeContent, request)

    async def _change(
        self, kind: type[ChangeExpiry | ChangePassword | ChangeContent], request: web.Request
    ) -> web.Response:
        command = await read_message(kind, request, self._bodies)
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=200)


def manage_token_of(request: web.Request) -> str | None:
    return request.headers.get(MANAGE_TOKEN)
