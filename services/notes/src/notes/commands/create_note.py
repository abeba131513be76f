"""Keep a note until its last view is taken."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import uuid_utils.compat

from chassis.passwords import PasswordHashing
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.crypto.secrets import secret_hash
from notes.domain.note import Limits, NewNote, Protection, new_slug
from notes.domain.repeatable import EarlierCreate, RepeatableCreate


class Notes(Protocol):
    async def add(self, note: NewNote, context: RequestContext) -> bool: ...


class RepeatableNotes(Protocol):
    async def find(self, create: RepeatableCreate, context: RequestContext) -> EarlierCreate | None: ...

    async def add(
        self, create: RepeatableCreate, note: NewNote, context: RequestContext
    ) -> EarlierCreate | bool: ...


class CreateNote:
    """When it returns, the note is committed. With an idempotency key it may be repeated for 24 hours."""

    def __init__(
        self,
        notes: Notes,
        repeatable: RepeatableNotes,
        ring: KeyRing,
        passwords: PasswordHashing,
        limits: Limits,
    ) -> None:
        self._notes = notes
        self._repeatable = repeatable
        self._ring = ring
        self._passwords = passwords
        self._limits = limits

    async def __call__(self, request: rpc.CreateNote, context: RequestContext) -> rpc.NoteCreatedReply:
        """Raises `content_too_large`, `invalid_request`, `slug_taken`, `idempotency_key_reused`."""
        if context.idempotency_key is not None:
            return await self._once(request, context, context.idempotency_key)
        note = await self._note(request, context)
        if not await self._notes.add(note, context):
            raise _slug_taken()
        return rpc.NoteCreatedReply(slug=note.slug)

    async def _once(self, request: rpc.CreateNote, context: RequestContext, key: str) -> rpc.NoteCreatedReply:
        create = self._repeatable_create(request, context, key)
        # Looked up first: what was allowed then is not judged anew now, when its time may be past.
        earlier = await self._repeatable.find(create, context)
        if earlier is None:
            note = await self._note(request, context)
            added = await self._repeatable.add(create, note, context)
            if added is True:
                return rpc.NoteCreatedReply(slug=note.slug)
            if added is False:
                raise _slug_taken()
            earlier = added
        return self._repeated(earlier, request)

    async def _note(self, request: rpc.CreateNote, context: RequestContext) -> NewNote:
        if request.notify and context.actor is None:
            raise ServiceError(
                ErrorCode.INVALID_REQUEST, "notify: only a signed-in author can be told by e-mail"
            )
        content = self._limits.content(request.content, encrypted=request.encryption is not None)
        expires_at = self._limits.expiry(request.expires_at, now=datetime.now(UTC))
        password_hash = None
        if request.password is not None:
            password_hash = await self._passwords.hash(request.password, context)
        note_id: UUID = uuid_utils.compat.uuid7()
        return NewNote(
            id=note_id,
            slug=request.slug or new_slug(),
            content=self._ring.seal(note_id, content),
            key_id=self._ring.sealing_key_id,
            expires_at=expires_at,
            author_id=context.actor.user_id if context.actor else None,
            keep=request.keep_before_expiration,
            max_views=request.max_views or 1,
            encryption=request.encryption,
            protection=Protection(
                password_hash=password_hash,
                link_proof_hash=_hashed(request.link_proof),
                password_proof_hash=_hashed(request.password_proof),
            ),
            manage_token_hash=_hashed(request.manage_token),
            notify=request.notify,
            traceparent=context.traceparent,
        )

    def _repeatable_create(
        self, request: rpc.CreateNote, context: RequestContext, key: str
    ) -> RepeatableCreate:
        key_id = self._ring.sealing_key_id
        return RepeatableCreate(
            scope=f"user:{context.actor.user_id}" if context.actor else f"client:{context.client}",
            key_hash=secret_hash(key),
            fingerprint=self._ring.fingerprint(key_id, _asked(request)),
            key_id=key_id,
        )

    def _repeated(self, earlier: EarlierCreate, request: rpc.CreateNote) -> rpc.NoteCreatedReply:
        if earlier.key_id not in self._ring.key_ids:
            raise ServiceError(
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "The idempotency key was used, for which request can no longer be told; use another.",
            )
        fingerprint = self._ring.fingerprint(earlier.key_id, _asked(request))
        if not hmac.compare_digest(fingerprint, earlier.fingerprint):
            raise ServiceError(
                ErrorCode.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used for another request."
            )
        return rpc.NoteCreatedReply(slug=earlier.slug)


def _slug_taken() -> ServiceError:
    return ServiceError(ErrorCode.SLUG_TAKEN, "slug is already in use")


def _hashed(secret: str | None) -> bytes | None:
    return None if secret is None else secret_hash(secret)


def _asked(request: rpc.CreateNote) -> bytes:
    # A version that knows one wish more asks for the same when it is absent: what was said alone, whichever
    # of the ways of saying nothing was chosen.
    return request.model_dump_json(exclude_defaults=True).encode()
