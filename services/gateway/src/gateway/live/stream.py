"""One stream: what its client has yet to be told, and telling it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope
from contracts.notes.events import NoteDeleted, NoteExpired, NoteRevealed
from contracts.notes.rpc import WatchedNote
from gateway.live.messages import (
    END,
    NAMES,
    SNAPSHOT,
    EndReason,
    NoteChanged,
    NoteSnapshot,
    NotesSnapshot,
    StreamEnded,
    message,
)
from gateway.live.metrics import LiveMetrics
from gateway.live.speaker import Speaker

# Events that wait for a slow reader; one more, and it gets a snapshot instead of them all.
PENDING = 64
# Seconds: between two attempts to learn the state while notes cannot tell, each time twice as long.
SHORTEST_REST = 1.0
LONGEST_REST = 15.0
# Seconds after its expiry at which a note is looked at, so that the clock of notes agrees.
AFTER_EXPIRY = 0.5
# Seconds that a note which is over waits for the event that ended it; then a snapshot is the last word.
ENDING_WITHIN = 2.0
ENDINGS = (NoteRevealed, NoteExpired, NoteDeleted)

# The notes with these ids as they are now, or all that belong into a snapshot.
Look = Callable[[Sequence[UUID] | None], Awaitable[Sequence[WatchedNote]]]


class Stream:
    """Tells one client a snapshot, and then each event with the state of its note, asked for anew.

    So nothing is told but what notes says to this very client, and an event alone discloses nothing.
    `alone`: it is of one note, and ends with it. `asking` bounds how many streams ask at once.
    """

    def __init__(self, look: Look, *, alone: bool, asking: asyncio.Semaphore, metrics: LiveMetrics) -> None:
        self._look = look
        self._alone = alone
        self._asking = asking
        self._metrics = metrics
        self._first: Sequence[WatchedNote] = ()
        self._pending: deque[Envelope[Any]] = deque()
        self._stale = False
        self._woken = asyncio.Event()
        self._ended = False
        self._running: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.reason: EndReason | None = None

    def hear(self, envelope: Envelope[Any]) -> None:
        """Something happened to a note that the client may watch."""
        if len(self._pending) >= PENDING:
            self._metrics.dropped.inc(len(self._pending) + 1)
            self.refresh()
            return
        self._pending.append(envelope)
        self._woken.set()

    def refresh(self) -> None:
        """Events may be missing: a snapshot takes their place."""
        self._pending.clear()
        self._stale = True
        self._woken.set()

    def end(self, reason: EndReason | None) -> None:
        """End it now, whatever it waits for; None when the client has left."""
        if self._ended:
            return
        self._ended = True
        self.reason = reason
        if self._running is not None:
            self._running.reschedule(asyncio.get_running_loop().time())

    def begin(self, first: Sequence[WatchedNote]) -> None:
        """What is told first. Forgotten then: a hundred notes of each stream would be most of its memory."""
        self._first = first

    async def run(self, speaker: Speaker) -> None:
        """Tell until its end."""
        try:
            async with asyncio.timeout(None) as self._running:
                if not self._ended:
                    await self._tell(speaker)
                    if not self._ended:
                        self._ended, self.reason = True, EndReason.OVER
        except TimeoutError:
            if not self._ended:
                raise  # of the connection
        finally:
            self._refresh_in(None)

    async def close(self, speaker: Speaker) -> None:
        """Say why it ended."""
        if self.reason is not None:
            await speaker.say(END, message(END, StreamEnded(reason=self.reason)))

    async def _tell(self, speaker: Speaker) -> None:
        over = await self._tell_snapshot(self._first, speaker)
        self._first = ()
        rest = SHORTEST_REST
        while not over:
            if not self._stale and not self._pending:
                self._woken.clear()
                await speaker.wait(self._woken.wait())
            try:
                over = await self._tell_news(speaker)
                rest = SHORTEST_REST
            except ServiceError as refusal:
                if refusal.code is ErrorCode.NOTE_NOT_FOUND:
                    return
                self.refresh()
                # Not all at once, when notes is back.
                await speaker.wait(asyncio.sleep(random.uniform(rest / 2, rest)))  # noqa: S311 - no secret
                rest = min(2 * rest, LONGEST_REST)

    async def _tell_news(self, speaker: Speaker) -> bool:
        if self._stale:
            self._stale = False
            return await self._tell_snapshot(await speaker.wait(self._ask(None)), speaker)
        heard = list(self._pending)
        self._pending.clear()
        notes = await speaker.wait(self._ask(list({envelope.data.note_id for envelope in heard})))
        by_id = {watched.id: watched.note for watched in notes}
        for envelope in heard:
            note = by_id.get(envelope.data.note_id)
            if note is not None:
                name = NAMES[type(envelope.data)]
                changed = NoteChanged(time=envelope.time, note=note)
                await speaker.say(name, message(name, changed, envelope.id))
        if not self._is_over(notes):
            return False
        if any(isinstance(envelope.data, ENDINGS) for envelope in heard):
            return True
        # Its state is ahead of its events; who waits for the one that ended it shall have it.
        self._refresh_in(ENDING_WITHIN)
        return False

    async def _ask(self, ids: Sequence[UUID] | None) -> Sequence[WatchedNote]:
        async with self._asking:
            return await self._look(ids)

    async def _tell_snapshot(self, notes: Sequence[WatchedNote], speaker: Speaker) -> bool:
        states = [watched.note for watched in notes]
        snapshot = NoteSnapshot(note=states[0]) if self._alone else NotesSnapshot(notes=states)
        await speaker.say(SNAPSHOT, message(SNAPSHOT, snapshot))
        if self._is_over(notes):
            return True
        if self._alone:
            left = (states[0].expires_at - datetime.now(UTC)).total_seconds()
            # Where the clock of notes is behind, the event of its sweep tells.
            self._refresh_in(left + AFTER_EXPIRY if left > 0 else None)
        return False

    def _is_over(self, notes: Sequence[WatchedNote]) -> bool:
        return self._alone and all(watched.over for watched in notes)

    def _refresh_in(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if seconds is None else loop.call_later(seconds, self.refresh)
