"""How sessions end before their time. Each commit that ends some has events that name them."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from chassis.outbox import Outbox
from chassis.postgres import Connection
from contracts.auth.events import UserSessionsRevoked
from contracts.context import RequestContext

# In one event, which has to fit into a message.
NAMED = 10_000


async def end_all(connection: Connection, outbox: Outbox, user_id: UUID, context: RequestContext) -> None:
    """Every session of a user whose row is locked by the transaction of `connection`, and the event of it."""
    rows = await connection.fetch("DELETE FROM sessions WHERE user_id = $1 RETURNING id, user_id", user_id)
    await _tell(connection, outbox, rows, context)


async def end_one(
    connection: Connection,
    outbox: Outbox,
    session_id: UUID,
    context: RequestContext,
    *,
    user_id: UUID | None = None,
) -> bool:
    """One session, and the event of it; false when there is none, or none of `user_id`."""
    rows = await connection.fetch(
        "DELETE FROM sessions WHERE id = $1 AND user_id = coalesce($2, user_id) RETURNING id, user_id",
        session_id,
        user_id,
    )
    await _tell(connection, outbox, rows, context)
    return bool(rows)


async def _tell(connection: Connection, outbox: Outbox, rows: list[Record], context: RequestContext) -> None:
    for first in range(0, len(rows), NAMED):
        some = rows[first : first + NAMED]
        event = UserSessionsRevoked(user_id=some[0]["user_id"], session_ids=[row["id"] for row in some])
        await outbox.add(connection, event, traceparent=context.traceparent)
