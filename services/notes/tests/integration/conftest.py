from __future__ import annotations

import pytest

from chassis import logs, postgres
from chassis.runtime import Runtime
from notes.settings import NotesSettings
from notes.storage.note_repository import NoteRepository


@pytest.fixture(scope="session")
async def database(servers):
    settings = NotesSettings(nats_url=servers.nats, database_url=servers.postgres["notes"])
    async with postgres.connected(Runtime("notes", settings, logs.configure("notes"))) as database:
        yield database


@pytest.fixture(scope="session")
def repository(database):
    return NoteRepository(database)
