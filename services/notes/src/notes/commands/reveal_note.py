"""Take one view of a note."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from contracts.notes import rpc
from notes.commands.check_reader import CheckReader
from notes.crypto.key_ring import KeyRing
from notes.crypto.secrets import secret_hash
from notes.domain.note import NoteRecord, already_read, known, readable
from notes.domain.view import ViewAsked, ViewGiven

# A note whose author changes it again and again under a reader is given up on.
ATTEMPTS = 3


class Notes(Protocol):
    async def find(self, slug: str, context: RequestContext) -> NoteRecord | None: ...


class Views(Protocol):
    async def take_view(self, asked: ViewAsked, context: RequestContext) -> ViewGiven | None: ...

    async def took_a_view(self, slug: str, claim: bytes, context: RequestContext) -> bool: ...


class RevealNote:
    """Gives each view of a note to one claim at most, and nothing without what the note asks for.

    An open note is one statement. Any other is looked at first, and what the reader showed is compared; the
    view is then taken of the very version that it was compared with.
    """

    def __init__(self, notes: Notes, views: Views, check: CheckReader, ring: KeyRing) -> None:
        self._notes = notes
        self._views = views
        self._check = check
        self._ring = ring

    async def __call__(self, request: rpc.RevealNote, context: RequestContext) -> rpc.RevealedNote:
        """Raises what `contracts.notes.rpc.RevealNote` says."""
        claim = None if request.claim is None else secret_hash(request.claim)
        shows_nothing = request.password is None and request.link_proof is None
        if shows_nothing:
            asked = ViewAsked(request.slug, None, None, claim, context.traceparent)
            given = await self._views.take_view(asked, context)
            if given is not None:
                return self._opened(request, given)
        note = known(await self._notes.find(request.slug, context))
        if shows_nothing and note.protection.is_open:
            # Neither a view nor a lease was found: whoever lost need not ask the database once more.
            readable(note, now=datetime.now(UTC))
        for _ in range(ATTEMPTS):
            # With a claim there may be a lease to come back to, while there is a content.
            if claim is None or note.erased or note.expires_at <= datetime.now(UTC):
                readable(note, now=datetime.now(UTC))
            await self._check(note, request, context)
            given = await self._views.take_view(
                ViewAsked(request.slug, note.id, note.version, claim, context.traceparent), context
            )
            if given is not None:
                return self._opened(request, given)
            note = readable(await self._notes.find(request.slug, context), now=datetime.now(UTC))
            if claim is not None and await self._views.took_a_view(request.slug, claim, context):
                raise already_read(note)
        # It changes under us, or is sealed by a key that this replica has not been given yet.
        raise ServiceError(ErrorCode.UNAVAILABLE, "The note cannot be read now; nothing was done.")

    def _opened(self, request: rpc.RevealNote, given: ViewGiven) -> rpc.RevealedNote:
        return rpc.RevealedNote(
            slug=request.slug,
            content=self._ring.open(given.id, given.key_id, given.content).decode(),
            keep_before_expiration=given.keep,
            has_password=given.has_password,
            created_at=given.created_at,
            expires_at=given.expires_at,
            read_at=given.read_at,
            encryption=given.encryption,
            lease_ends_at=given.lease_ends_at,
        )
