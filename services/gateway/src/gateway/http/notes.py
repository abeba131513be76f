"""`/api/v1/note`: writing, looking, reading."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import (
    AcknowledgeReveal,
    CreateNote,
    GetNoteMetadata,
    NoteCreatedReply,
    NoteMetadata,
    RevealedNote,
    RevealNote,
)
from gateway.description.operation import Operation, described
from gateway.http.body import BodyReader
from gateway.http.messages import json_response, read_message, slug_of, told
from gateway.http.own_notes import MANAGE_TOKEN
from gateway.http.prefetch import refuse_prefetch
from gateway.middleware.context import request_context
from gateway.middleware.limits import RequestLimits

IDEMPOTENCY_KEY = "Idempotency-Key"
MAX_IDEMPOTENCY_KEY = 255
CLAIM = "c2l4dGVlbiBieXRlcy4uLg"
SLUG_OF_REPLY = {"slug": "$response.body#/slug"}
MANAGED = {**SLUG_OF_REPLY, f"header.{MANAGE_TOKEN}": "$request.body#/manage_token"}
NOT_READABLE = (ErrorCode.NOTE_NOT_FOUND, ErrorCode.NOTE_ALREADY_READ, ErrorCode.NOTE_EXPIRED)
NOT_REVEALED = (
    *NOT_READABLE,
    ErrorCode.NOTE_PASSWORD_WRONG,
    ErrorCode.NOTE_PROOF_WRONG,
    ErrorCode.TOO_MANY_GUESSES,
    ErrorCode.PREFETCH_REFUSED,
)


class NoteHandlers:
    """Bodies of notes pass through as bytes, both ways: the notes service alone reads them."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader, limits: RequestLimits) -> None:
        self._rpc = rpc
        self._bodies = bodies
        self._limits = limits

    @described(
        Operation(
            id="create_note",
            summary="Write a note",
            request=CreateNote,
            body=True,
            reply=NoteCreatedReply,
            status=HTTPStatus.CREATED,
            refusals=(
                ErrorCode.CONTENT_TOO_LARGE,
                ErrorCode.SLUG_TAKEN,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
            ),
            headers={
                IDEMPOTENCY_KEY: {
                    "description": "With it the same request may be repeated for 24 hours, and is done once.",
                    "schema": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": MAX_IDEMPOTENCY_KEY,
                        "pattern": "^[ -~]+$",
                    },
                }
            },
            links={
                "note_metadata": SLUG_OF_REPLY,
                "reveal_note": SLUG_OF_REPLY,
                "note_status": MANAGED,
                "delete_note": MANAGED,
                "change_expiry": SLUG_OF_REPLY,
                "change_password": SLUG_OF_REPLY,
                "change_content": SLUG_OF_REPLY,
            },
            examples={
                "a note": {"content": "the launch code is 0000"},
                "a note with a password, for two readers": {
                    "content": "the launch code is 0000",
                    "password": "a hint we share",
                    "max_views": 2,
                },
                "a note that its sender can end": {
                    "content": "the launch code is 0000",
                    "manage_token": "dGhpcnR5LXR3byByYW5kb20gYnl0ZXMgaW4gYmFzZTY",
                },
            },
        )
    )
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

    @described(
        Operation(
            id="reveal_note_by_get",
            summary="Read a note, for clients of the Go Onasty",
            request=RevealNote,
            reply=RevealedNote,
            refusals=NOT_REVEALED,
            deprecated=True,
        )
    )
    async def view_by_get(self, request: web.Request) -> web.Response:
        """For old clients. It shows nothing, so a note that asks for something is refused."""
        refuse_prefetch(request)
        command = told(lambda: RevealNote(slug=slug_of(request)))
        reply = await self._rpc.ask(command, request_context(request))
        return json_response(reply)

    @described(
        Operation(
            id="reveal_note",
            summary="Read a note",
            request=RevealNote,
            body=True,
            reply=RevealedNote,
            refusals=NOT_REVEALED,
            links={"acknowledge_reveal": {**SLUG_OF_REPLY, "body.claim": "$request.body#/claim"}},
            examples={
                "read once": {},
                "with its password": {"password": "a hint we share"},
                "under a claim, so that a lost answer can be asked for again": {"claim": CLAIM},
            },
        )
    )
    async def view(self, request: web.Request) -> web.Response:
        refuse_prefetch(request)
        command = await read_message(RevealNote, request, self._bodies)
        if command.password is not None or command.password_proof is not None:
            await self._limits.slow(request)
        reply = await self._rpc.ask(command, request_context(request))
        return json_response(reply)

    @described(
        Operation(
            id="acknowledge_reveal",
            summary="Say that the note has arrived",
            request=AcknowledgeReveal,
            body=True,
            status=HTTPStatus.NO_CONTENT,
            refusals=(ErrorCode.NOTE_NOT_FOUND,),
            examples={"the claim of a reveal": {"claim": CLAIM}},
        )
    )
    async def acknowledge(self, request: web.Request) -> web.Response:
        command = await read_message(AcknowledgeReveal, request, self._bodies)
        await self._rpc.ask(command, request_context(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    @described(
        Operation(
            id="note_metadata",
            summary="Look at a note without reading it",
            request=GetNoteMetadata,
            reply=NoteMetadata,
            refusals=NOT_READABLE,
        )
    )
    async def metadata(self, request: web.Request) -> web.Response:
        query = told(lambda: GetNoteMetadata(slug=slug_of(request)))
        reply = await self._rpc.ask(query, request_context(request))
        return json_response(reply)
