"""Hear from the mailer how a letter ended."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.auth import rpc
from contracts.context import RequestContext


class Letters(Protocol):
    async def forget_recipient(self, event_id: UUID, context: RequestContext) -> None: ...


class SettleMail:
    """Repeatable. Who was to get a letter that failed is kept for its replay, until it expires."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def __call__(self, request: rpc.SettleMail, context: RequestContext) -> rpc.Accepted:
        if request.outcome is rpc.MailOutcome.SENT:
            await self._letters.forget_recipient(request.event_id, context)
        return rpc.Accepted()
