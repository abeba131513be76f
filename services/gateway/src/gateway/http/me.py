"""`/api/v1/me`: the account of whoever is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, TypeAdapter

from chassis.logs import Logger
from chassis.rpc_client import RpcClient
from contracts.auth.rpc import CurrentUser, DeleteAccount, ExportAccount, ExportReply
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Reply
from contracts.notes.rpc import CountNotes, ExportedNote, ExportNotes, ExportPage
from gateway.description.operation import Identity, Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.messages import json_response
from gateway.http.sign_up import CREDENTIALS
from gateway.middleware.context import ACTOR, CLIENT, request_context
from gateway.middleware.limits import Purpose, RequestLimits

ATTACHMENT = {"Content-Disposition": 'attachment; filename="onasty.json"'}
# In hand at once; of one client one. They are read for as long as their reader likes.
EXPORTS = 8
_NOTES = TypeAdapter(list[ExportedNote])


class Me(Reply):
    """An account, and how many notes it has made that are still remembered."""

    email: str
    created_at: AwareDatetime
    last_login_at: AwareDatetime | None = None
    notes_created: int
    has_password: bool


class Export(ExportReply):
    """Everything that is held about an account."""

    notes: list[ExportedNote]


class MeHandlers:
    """Puts together what auth and notes say."""

    def __init__(
        self,
        forwarding: Forwarding,
        rpc: RpcClient,
        limits: RequestLimits,
        revoked: Container[UUID],
        log: Logger,
    ) -> None:
        self._forwarding = forwarding
        self._rpc = rpc
        self._limits = limits
        self._revoked = revoked
        self._exporting: set[str] = set()
        self._log = log

    @described(
        Operation(
            id="current_user",
            summary="Your account",
            request=CurrentUser,
            reply=Me,
            identity=Identity.USER,
        )
    )
    async def get(self, request: web.Request) -> web.Response:
        context = request_context(request)
        user, count = await _both(
            self._rpc.call(CurrentUser(), context), self._rpc.call(CountNotes(), context)
        )
        me = Me(
            email=user.email,
            created_at=user.created_at,
            last_login_at=user.last_login_at,
            notes_created=count.created,
            has_password=user.has_password,
        )
        return json_response(me.model_dump_json(exclude_none=True).encode())

    @described(
        Operation(
            id="delete_account",
            summary="Delete your account, and all that is held about it",
            request=DeleteAccount,
            body=True,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.USER,
            refusals=(ErrorCode.PASSWORD_WRONG, ErrorCode.SIGN_IN_AGAIN),
            examples={"the password": {"password": CREDENTIALS["password"]}},
        )
    )
    async def delete(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(
            DeleteAccount, request, status=HTTPStatus.NO_CONTENT, guarded=Purpose.CHANGE
        )

    @described(
        Operation(
            id="export_account",
            summary="Everything that is held about you",
            request=ExportAccount,
            reply=Export,
            identity=Identity.USER,
            reply_headers={"Content-Disposition": "a file of that name"},
        )
    )
    async def export(self, request: web.Request) -> web.Response:
        await self._limits.slow(request)
        if request[CLIENT] in self._exporting or len(self._exporting) >= EXPORTS:
            raise ServiceError(ErrorCode.OVERLOADED, "Too many exports are in hand; try again shortly.")
        context = request_context(request)
        # Whatever is refused at all is refused here, while there is a status to say it with.
        held, first = await _both(
            self._rpc.call(ExportAccount(), context), self._rpc.call(ExportNotes(), context)
        )
        return web.Response(
            body=self._document(request, held, first), headers=ATTACHMENT, content_type="application/json"
        )

    async def _document(
        self, request: web.Request, held: ExportReply, page: ExportPage
    ) -> AsyncIterator[bytes]:
        """Half a document never looks whole: when a page cannot be had, or is not the asker's any more, the
        connection is cut.
        """
        client = request[CLIENT]
        self._exporting.add(client)
        try:
            async for part in self._parts(request, held, page):
                yield part
        finally:
            self._exporting.discard(client)

    async def _parts(self, request: web.Request, held: ExportReply, page: ExportPage) -> AsyncIterator[bytes]:
        yield held.model_dump_json(exclude_none=True).encode().removesuffix(b"}") + b',"notes":['
        comma = b""
        while True:
            if page.notes:
                yield comma + _NOTES.dump_json(page.notes, exclude_none=True)[1:-1]
                comma = b","
            if page.next is None:
                break
            if request[ACTOR].session_id in self._revoked:
                raise ConnectionAbortedError
            try:
                page = await self._rpc.call(ExportNotes(after=page.next), request_context(request))
            except ServiceError as error:
                self._log.warning("an export was cut short", code=error.code)
                # What aiohttp takes as the end of the connection.
                raise ConnectionAbortedError from error
        yield b"]}"


async def _both(first: Any, second: Any) -> tuple[Any, Any]:
    """Both at the same time. Raises what the first raised, else the second."""
    answers = await asyncio.gather(first, second, return_exceptions=True)
    for reply in answers:
        if isinstance(reply, BaseException):
            raise reply
    return answers[0], answers[1]
