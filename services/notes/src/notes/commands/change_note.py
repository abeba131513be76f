"""What an author may change while no view was taken: expiry, password, content."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from chassis.passwords import PasswordHashing
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.domain.note import Limits, NoteRecord, authored, unread

ATTEMPTS = 3


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...


class Changes(Protocol):
    async def change_expiry(
        self, note: NoteRecord, expires_at: datetime, *, keep: bool, context: RequestContext
    ) -> bool: ...

    async def change_password(
        self, note: NoteRecord, password_hash: str | None, context: RequestContext
    ) -> bool: ...

    async def change_content(
        self, note: NoteRecord, content: bytes, key_id: str, context: RequestContext
    ) -> bool: ...


class ChangeNote:
    """Each change holds for the version that was looked at; when a reader was faster, it is refused."""

    def __init__(
        self, notes: Notes, changes: Changes, ring: KeyRing, passwords: PasswordHashing, limits: Limits
    ) -> None:
        self._notes = notes
        self._changes = changes
        self._ring = ring
        self._passwords = passwords
        self._limits = limits

    async def expiry(self, request: rpc.ChangeExpiry, context: RequestContext) -> rpc.Done:
        """Raises what `contracts.notes.rpc.ChangeExpiry` says."""
        if request.expires_at is None and request.keep_before_expiration is None:
            raise _invalid("expires_at or keep_before_expiration is needed")
        wish = self._limits.expiry(request.expires_at, now=datetime.now(UTC)) if request.expires_at else None

        async def change(note: NoteRecord) -> bool:
            keep = note.keep if request.keep_before_expiration is None else request.keep_before_expiration
            if keep and note.max_views > 1:
                raise _invalid("keep_before_expiration and max_views exclude each other")
            expires_at = wish or note.expires_at
            return await self._changes.change_expiry(note, expires_at, keep=keep, context=context)

        return await self._change(request.slug, context, change)

    async def password(self, request: rpc.ChangePassword, context: RequestContext) -> rpc.Done:
        """Raises what `contracts.notes.rpc.ChangePassword` says."""
        password_hash = (
            None if request.password is None else await self._passwords.hash(request.password, context)
        )

        async def change(note: NoteRecord) -> bool:
            if note.protection.link_proof_hash is not None or note.encryption is not None:
                raise _invalid("the password of an encrypted note cannot be changed here")
            return await self._changes.change_password(note, password_hash, context)

        return await self._change(request.slug, context, change)

    async def content(self, request: rpc.ChangeContent, context: RequestContext) -> rpc.Done:
        """Raises what `contracts.notes.rpc.ChangeContent` says."""
        content = self._limits.content(request.content, encrypted=False)

        async def change(note: NoteRecord) -> bool:
            if note.protection.link_proof_hash is not None or note.encryption is not None:
                raise _invalid("the content of an encrypted note cannot be changed here")
            sealed = self._ring.seal(note.id, content)
            return await self._changes.change_content(note, sealed, self._ring.sealing_key_id, context)

        return await self._change(request.slug, context, change)

    async def _change(
        self, slug: str, context: RequestContext, change: Callable[[NoteRecord], Awaitable[bool]]
    ) -> rpc.Done:
        for _ in range(ATTEMPTS):
            note = authored(await self._notes.find(slug, context), context.actor)
            if await change(unread(note, now=datetime.now(UTC))):
                return rpc.Done()
        raise ServiceError(ErrorCode.UNAVAILABLE, "The note is being changed elsewhere; nothing was done.")


def _invalid(detail: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID_REQUEST, detail)
