"""How sessions end before their time."""

from __future__ import annotations

from uuid import UUID

from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.auth.events import UserSessionsRevoked
from contracts.context import RequestContext


async def end_all(connection: Connection, outbox: Outbox, user_id: UUID, context: RequestContext) -> None:
    """Every session of a user whose row is locked by the transaction of `connection`, and the event of it."""
    rows = await connection.fetch("DELETE FROM sessions WHERE user_id = $1 RETURNING id", user_id)
    if rows:
        event = UserSessionsRevoked(user_id=user_id, session_ids=[row["id"] for row in rows])
        await outbox.add(connection, event, traceparent=context.traceparent)
