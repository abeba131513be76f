"""Events of notes, written by the very statement that decides: as parts of SQL.

A statement that decides for many notes at once is the only one that knows which of them it happened to.
"""

from __future__ import annotations

from contracts.notes.events import NoteEvent

# Of any other note nobody could be told.
SOMEBODY_IS_TOLD = "(author_id IS NOT NULL OR manage_token_hash IS NOT NULL)"


def emitting(
    event: type[NoteEvent], source: str, where: str = "true", *, traceparent: str = "NULL", **fields: str
) -> str:
    """An INSERT into the outbox of one event for each row of `source` of which somebody is told.

    `source` has the columns of `notes` that are named here; `fields` are the event's own as SQL, beside the
    note's and the author's id; `traceparent` is of the request that caused it. It returns a row for each.
    Raises `TypeError` when the event has other fields: a misspelt one would only show at its consumers.
    """
    data = {"note_id": "id", "author_id": "author_id", **fields}
    if set(data) != set(event.model_fields):
        raise TypeError(f"{event.__name__} has the fields {sorted(event.model_fields)}")
    pairs = ", ".join(f"'{name}', {column}" for name, column in data.items())
    return f"""
        INSERT INTO outbox (type, data, entity_id, traceparent)
        SELECT '{event.subject}', json_strip_nulls(json_build_object({pairs}))::text, id, {traceparent}
        FROM {source} WHERE {SOMEBODY_IS_TOLD} AND ({where})
        RETURNING 1
    """
