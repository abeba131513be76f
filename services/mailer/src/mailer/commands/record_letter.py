"""An event becomes the job of sending a letter, in the transaction in which it takes effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.consumer import Delivery
from chassis.postgres import Connection
from contracts.notes.events import NoteRevealed
from mailer.domain.letter import Letter


class Jobs(Protocol):
    async def record(
        self,
        connection: Connection,
        event_id: UUID,
        letter: Letter,
        *,
        user_id: UUID,
        requested_at: datetime,
        note_id: UUID | None = None,
        traceparent: str | None = None,
    ) -> None: ...


class RecordLetter:
    """Handlers of events. Nothing is sent here: a handler touches the database alone."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def to_user(self, letter: Letter) -> Callable[[Delivery[Any]], Awaitable[None]]:
        """For an event of a user, who gets this letter."""

        async def handle(delivery: Delivery[Any]) -> None:
            await self._jobs.record(
                delivery.connection,
                delivery.event_id,
                letter,
                user_id=delivery.event.user_id,
                requested_at=delivery.time,
                traceparent=delivery.traceparent,
            )

        return handle

    async def note_opened(self, delivery: Delivery[NoteRevealed]) -> None:
        """Its author gets a letter, if there is one who asked for it."""
        event = delivery.event
        if event.notify and event.author_id is not None:
            await self._jobs.record(
                delivery.connection,
                delivery.event_id,
                Letter.NOTE_OPENED,
                user_id=event.author_id,
                note_id=event.note_id,
                requested_at=delivery.time,
                traceparent=delivery.traceparent,
            )
