"""End the notes of an author whose account is gone."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from chassis.consumer import Delivery
from chassis.postgres import Connection
from contracts.auth.events import UserDeleted


class Authors(Protocol):
    async def mark_deleted(self, connection: Connection, author_id: UUID) -> None: ...


class ForgetAuthor:
    """Marks the author; the sweeper ends the notes in batches, since they may be many.

    The mark stays for a day, so that a note that was being made meanwhile is ended as well.
    """

    def __init__(self, authors: Authors) -> None:
        self._authors = authors

    async def __call__(self, delivery: Delivery[UserDeleted]) -> None:
        await self._authors.mark_deleted(delivery.connection, delivery.event.user_id)
