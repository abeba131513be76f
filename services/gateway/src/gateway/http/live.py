"""`/api/v1/events`, `/api/v1/note/{slug}/events`: what happens to notes, as it happens."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import TypeVar
from uuid import UUID

from aiohttp import ClientConnectionError, web

from chassis.rpc_client import RpcClient
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import GetWatchedNote, ListWatchedNotes, WatchedNote
from gateway.connections import Connection
from gateway.description.operation import Identity, Operation, described
from gateway.http.messages import slug_of, told
from gateway.http.own_notes import MANAGE_TOKEN_HEADER, manage_token_of
from gateway.live.hub import LiveHub
from gateway.live.messages import (
    CONTENT_TYPE,
    END,
    NAMES,
    SNAPSHOT,
    EndReason,
    NoteChanged,
    NoteSnapshot,
    NotesSnapshot,
    StreamEnded,
)
from gateway.live.speaker import Speaker
from gateway.live.stream import Look, Stream
from gateway.middleware.bound import PLACE
from gateway.middleware.context import ACTOR, CLIENT, SPAN, TIMEOUT, Traces, note_status, request_context
from gateway.middleware.identity import EXPIRES_AT, require_user

HEADERS = {"Content-Type": f"{CONTENT_TYPE}; charset=utf-8", "X-Accel-Buffering": "no"}
_CHANGES = dict.fromkeys(NAMES.values(), NoteChanged)
_NOTE = (
    '{"slug":"launch-code","state":"%s","created_at":"2026-01-31T12:00:00Z",'
    '"expires_at":"2027-01-31T12:00:00Z"%s,"keep_before_expiration":false,"has_password":false,'
    '"max_views":1,"views_taken":%d,"refused_attempts":0}'
)
_UNREAD = _NOTE % ("unread", "", 0)
_REVEALED = _NOTE % ("revealed", ',"read_at":"2026-01-31T12:00:05Z"', 1)
_REVEALED_EVENT = (
    "id: 019c13f0-5b1c-7d3e-8a52-0c6f3f5d2b11\nevent: revealed\n"
    f'data: {{"time":"2026-01-31T12:00:05Z","note":{_REVEALED}}}\n\n'
)
T = TypeVar("T")
# Seconds for the last words to somebody who does not read.
CLOSING = 0.5


class LiveHandlers:
    """Whoever may ask for a note's status may watch it, for as long as that is so."""

    def __init__(self, rpc: RpcClient, hub: LiveHub, revoked: Container[UUID], traces: Traces) -> None:
        self._rpc = rpc
        self._hub = hub
        self._revoked = revoked
        self._traces = traces

    @described(
        Operation(
            id="note_events",
            summary="Watch a note",
            request=GetWatchedNote,
            stream={SNAPSHOT: NoteSnapshot, **_CHANGES, END: StreamEnded},
            stream_example=(
                f'event: snapshot\ndata: {{"note":{_UNREAD}}}\n\n: heartbeat\n\n{_REVEALED_EVENT}'
                'event: end\ndata: {"reason":"over"}\n\n'
            ),
            headers=MANAGE_TOKEN_HEADER,
            refusals=(ErrorCode.NOTE_NOT_FOUND,),
        )
    )
    async def note(self, request: web.Request) -> web.StreamResponse:
        query = told(lambda: GetWatchedNote(slug=slug_of(request), manage_token=manage_token_of(request)))
        by = _answer_by(request)
        with self._hub.place(request[CLIENT]):

            async def ask() -> WatchedNote:
                return await self._rpc.call(query, request_context(request))

            watched = await self._in_turn(by, ask)

            async def look(_: Sequence[UUID] | None) -> Sequence[WatchedNote]:
                found = await ask()
                if found.id != watched.id:
                    # It was forgotten, and its slug taken again.
                    raise ServiceError(ErrorCode.NOTE_NOT_FOUND, "There is no such note.")
                return [found]

            return await self._serve(request, look, alone=True, of=watched.id, by=by)

    @described(
        Operation(
            id="own_events",
            summary="Watch your notes",
            request=ListWatchedNotes,
            stream={SNAPSHOT: NotesSnapshot, **_CHANGES, END: StreamEnded},
            stream_example=f'event: snapshot\ndata: {{"notes":[{_UNREAD}]}}\n\n{_REVEALED_EVENT}',
            identity=Identity.USER,
        )
    )
    async def own(self, request: web.Request) -> web.StreamResponse:
        author = require_user(request).user_id

        async def look(ids: Sequence[UUID] | None) -> Sequence[WatchedNote]:
            query = ListWatchedNotes(ids=None if ids is None else list(ids))
            return (await self._rpc.call(query, request_context(request))).notes

        with self._hub.place(request[CLIENT]):
            return await self._serve(request, look, alone=False, of=author, by=_answer_by(request))

    async def _serve(
        self, request: web.Request, look: Look, *, alone: bool, of: UUID, by: float
    ) -> web.StreamResponse:
        actor = request.get(ACTOR)
        sessions = [] if actor is None else [actor.session_id]

        async def look_again(ids: Sequence[UUID] | None) -> Sequence[WatchedNote]:
            with self._traces.of_its_own(request):
                return await look(ids)

        # Listening before it looks: what happens in between is told twice rather than not at all.
        with self._hub.listening(look_again, alone=alone, to=[of, *sessions]) as stream:
            if any(session in self._revoked for session in sessions):
                stream.end(EndReason.SESSION_ENDED)
            if stream.reason is None:
                stream.begin(await self._in_turn(by, lambda: look(None)))
            response = web.StreamResponse(headers=HEADERS)
            failed = False
            with contextlib.ExitStack() as ends:
                self._arrange_ends(request, stream, ends)
                try:
                    await response.prepare(request)
                    _opened(request, response)
                    speaker = Speaker(response.write, self._hub.heartbeat, self._hub.metrics)
                    await stream.run(speaker)
                    await _close(request, response, stream, speaker)
                except (ConnectionError, TimeoutError, ClientConnectionError):
                    _cut(request)  # the client has left
                except Exception:
                    # A defect; there is a part of an answer, and no other can be given.
                    failed = True
                    _cut(request)
                    raise
                finally:
                    reason = "failed" if failed else stream.reason or "left"
                    self._hub.metrics.ended.labels(reason).inc()
        return response

    async def _in_turn(self, by: float, ask: Callable[[], Awaitable[T]]) -> T:
        # Behind the streams that are open.
        try:
            async with asyncio.timeout_at(by), self._hub.asking:
                return await ask()
        except TimeoutError as error:
            raise ServiceError(ErrorCode.TIMEOUT, "The state could not be learnt in time.") from error

    def _arrange_ends(self, request: web.Request, stream: Stream, ends: contextlib.ExitStack) -> None:
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.on_lost = lambda: stream.end(None)
            ends.callback(setattr, connection, "on_lost", None)
        expires_at = request.get(EXPIRES_AT)
        if expires_at is not None:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(expires_at - time.time(), stream.end, EndReason.TOKEN_EXPIRED)
            ends.callback(timer.cancel)


def _answer_by(request: web.Request) -> float:
    # An answer that has not begun waits no longer than any other, however often notes is asked for it.
    return asyncio.get_running_loop().time() + request.app[TIMEOUT]


def _opened(request: web.Request, response: web.StreamResponse) -> None:
    # It is no request in hand from now on.
    request[PLACE].close()
    note_status(request[SPAN], response)
    request[SPAN].end()


async def _close(
    request: web.Request, response: web.StreamResponse, stream: Stream, speaker: Speaker
) -> None:
    try:
        async with asyncio.timeout(CLOSING):
            await stream.close(speaker)
            await response.write_eof()
    except TimeoutError:
        _cut(request)
    except asyncio.CancelledError:
        # aiohttp keeps the future on which a write waited that the stream's end cut off, and whoever writes
        # next gets its CancelledError: nobody has cancelled this task then.
        _cut(request)
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
