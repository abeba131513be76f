"""End a lease: the reader has the note."""

from __future__ import annotations

from typing import Protocol

from contracts.context import RequestContext
from contracts.notes import rpc
from notes.crypto.secrets import secret_hash
from notes.domain.note import not_found


class Views(Protocol):
    async def acknowledge(self, slug: str, claim: bytes, context: RequestContext) -> bool: ...


class AcknowledgeReveal:
    """After it the content is gone, unless another view or lease needs it. Repeatable."""

    def __init__(self, views: Views) -> None:
        self._views = views

    async def __call__(self, request: rpc.AcknowledgeReveal, context: RequestContext) -> rpc.Done:
        """Raises `note_not_found`."""
        if not await self._views.acknowledge(request.slug, secret_hash(request.claim), context):
            raise not_found()
        return rpc.Done()
