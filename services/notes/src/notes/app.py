"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import broker, postgres, rpc_server
from chassis.runtime import Runtime
from notes.commands.create_note import CreateNote
from notes.commands.reveal_note import RevealNote
from notes.domain.note import Limits
from notes.queries.note_metadata import GetNoteMetadata
from notes.rpc import operations
from notes.settings import NotesSettings
from notes.storage.note_repository import NoteRepository


@asynccontextmanager
async def compose(runtime: Runtime[NotesSettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    settings = runtime.settings
    limits = Limits(settings.max_content_bytes, settings.longest_lifetime)
    async with postgres.connected(runtime) as database, broker.connected(runtime) as client:
        notes = NoteRepository(database)
        rows = operations(
            create_note=CreateNote(notes, limits),
            reveal_note=RevealNote(notes),
            note_metadata=GetNoteMetadata(notes),
        )
        async with rpc_server.serving(runtime, client, rows):
            yield
