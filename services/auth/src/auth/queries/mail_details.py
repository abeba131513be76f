"""What the mailer needs to know of a letter."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from auth.crypto.one_time_links import OneTimeLinks
from auth.domain.letter import Letter
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class Letters(Protocol):
    async def find(self, event_id: UUID, context: RequestContext) -> Letter | None: ...


class GetMailDetails:
    """The same answer until the letter is sent, or makes no sense any more."""

    def __init__(self, letters: Letters, links: OneTimeLinks) -> None:
        self._letters = letters
        self._links = links

    async def __call__(self, request: rpc.GetMailDetails, context: RequestContext) -> rpc.MailDetails:
        """Raises `letter_obsolete`."""
        letter = await self._letters.find(request.event_id, context)
        if letter is None:
            raise ServiceError(ErrorCode.LETTER_OBSOLETE, "There is no letter to send for this event.")
        return rpc.MailDetails(
            recipient=letter.recipient,
            requested_at=letter.requested_at,
            link=self._links.link(letter.purpose, request.event_id),
        )
