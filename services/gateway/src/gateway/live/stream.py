"""One stream: what its client has yet to be told, and telling it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Envelope
from contracts.notes.rpc import WatchedNote
from gateway.live.messages import (
    END,
    HEARTBEAT,
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

# Events that wait for a slow reader; one more, and it gets a snapshot instead of them all.
PENDING = 64
# Seconds: between two attempts to learn the state, while notes cannot tell.
RETRY = 1.0

Write = Callable[[bytes], Awaitable[None]]
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
        self._pending: deque[Envelope[Any]] = deque()
        self._stale = False
        self._woken = asyncio.Event()
        self._ended = False
        self._running: asyncio.Timeout | None = None
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

    async def run(self, first: Sequence[WatchedNote], write: Write, heartbeat: float) -> None:
        """Tell until its end, `first` first; something is written every `heartbeat` seconds."""
        try:
            async with asyncio.timeout(None) as self._running:
                if not self._ended:
                    await self._tell(first, write, heartbeat)
                    if not self._ended:
                        self._ended, self.reason = True, EndReason.OVER
        except TimeoutError:
            if not self._ended:
                raise  # of the connection

    async def close(self, write: Write) -> None:
        """Say why it ended."""
        if self.reason is not None:
            await self._say(write, END, message(END, StreamEnded(reason=self.reason)))

    async def _tell(self, first: Sequence[WatchedNote], write: Write, heartbeat: float) -> None:
        over = await self._tell_snapshot(first, write)
        while not over:
            if not self._stale and not self._pending:
                self._woken.clear()
                try:
                    async with asyncio.timeout(heartbeat):
                        await self._woken.wait()
                except TimeoutError:
                    await write(HEARTBEAT)
                continue
            try:
                over = await self._tell_news(write)
            except ServiceError as refusal:
                if refusal.code is ErrorCode.NOTE_NOT_FOUND:
                    return
                self.refresh()
                await write(HEARTBEAT)
                await asyncio.sleep(RETRY)

    async def _tell_news(self, write: Write) -> bool:
        if self._stale:
            self._stale = False
            async with self._asking:
                notes = await self._look(None)
            return await self._tell_snapshot(notes, write)
        heard = list(self._pending)
        self._pending.clear()
        async with self._asking:
            notes = await self._look(list({envelope.data.note_id for envelope in heard}))
        by_id = {watched.id: watched.note for watched in notes}
        for envelope in heard:
            note = by_id.get(envelope.data.note_id)
            if note is not None:
                name = NAMES[type(envelope.data)]
                changed = NoteChanged(time=envelope.time, note=note)
                await self._say(write, name, message(name, changed, envelope.id))
        return self._is_over(notes)

    async def _tell_snapshot(self, notes: Sequence[WatchedNote], write: Write) -> bool:
        states = [watched.note for watched in notes]
        snapshot = NoteSnapshot(note=states[0]) if self._alone else NotesSnapshot(notes=states)
        await self._say(write, SNAPSHOT, message(SNAPSHOT, snapshot))
        return self._is_over(notes)

    def _is_over(self, notes: Sequence[WatchedNote]) -> bool:
        return self._alone and all(watched.over for watched in notes)

    async def _say(self, write: Write, name: str, text: bytes) -> None:
        await write(text)
        self._metrics.sent.labels(name).inc()
