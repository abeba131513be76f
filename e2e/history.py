"""What clients asked and were told, and the rules that every such history must obey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

EXPECTED = {"create": {201, 503}, "reveal": {200, 404, 503}, "acknowledge": {204, 503}}


@dataclass(slots=True, eq=False)
class Note:
    """A note that a client wrote. Without a slug nobody told the client that it is kept."""

    content: str
    views: int
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One request. Without a status its client hung up before the answer."""

    what: str
    note: Note
    claim: str
    begun: float
    ended: float
    status: int | None
    answer: dict[str, Any] = field(default_factory=dict)


def broken_rules(history: list[Event]) -> list[str]:
    """What should never have been seen. An answer that did not come proves nothing either way."""
    broken = [
        f"{event.what} was answered with {event.status}: {event.answer}"
        for event in history
        if event.status is not None and event.status not in EXPECTED[event.what]
    ]
    by_slug: dict[str, list[Event]] = {}
    for event in history:
        if event.note.slug:
            by_slug.setdefault(event.note.slug, []).append(event)
    for slug, events in by_slug.items():
        broken += [f"note {slug}: {rule}" for rule in _broken_of_note(events)]
    return broken


def _broken_of_note(events: list[Event]) -> Iterator[str]:
    note = events[0].note
    if any(event.note is not note for event in events):
        yield "two notes have one slug"
    reveals = [event for event in events if event.what == "reveal"]
    claims = {event.claim for event in reveals}
    winners = {event.claim for event in reveals if event.status == 200}
    if len(winners) > note.views:
        yield f"{len(winners)} claims won {note.views} views"
    if len(winners) < min(note.views, len(claims)):
        yield f"{len(winners)} of {len(claims)} claims won {note.views} views: one is lost"
    if any(event.status == 200 and event.answer["content"] != note.content for event in reveals):
        yield "another content"
    for refused in reveals:
        if refused.status == 404 and refused.answer.get("code") != "note_already_read":
            yield f"a reader was told {refused.answer.get('code')}"
        if refused.status == 404 and refused.claim not in winners:
            # Whoever has it had asked for it by then.
            before = {
                event.claim for event in reveals if event.claim in winners and event.begun < refused.ended
            }
            if len(before) < note.views:
                yield f"a reader was refused when {len(before)} claims had taken of {note.views} views"
    for claim in winners:
        yield from _broken_of_claim([event for event in events if event.claim == claim])


def _broken_of_claim(events: list[Event]) -> Iterator[str]:
    """Of one that won: until its lease ends it gets the note whenever it asks, and not after."""
    reveals = [event for event in events if event.what == "reveal"]
    leases = {event.answer.get("lease_ends_at") for event in reveals if event.status == 200}
    lease = leases.pop()
    if leases or lease is None:
        yield f"its lease moved: {leases | {lease}}"
        return
    lease_ends = datetime.fromisoformat(lease).timestamp()
    acks = [event for event in events if event.what == "acknowledge"]
    # It ends at some moment from its first acknowledgement, if that arrived, to the first that was answered.
    ends_from = min([lease_ends, *(ack.begun for ack in acks)])
    ends_until = min([lease_ends, *(ack.ended for ack in acks if ack.status == 204)])
    for event in reveals:
        if event.status == 404 and event.ended < ends_from:
            yield "the winner was refused within its lease"
        if event.status == 200 and event.begun > ends_until:
            yield "the winner was given the note after its lease"
