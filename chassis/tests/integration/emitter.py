"""`python emitter.py`: emits event after event, with a relay beside it, until it is killed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

from pydantic_settings import SettingsConfigDict

from chassis import broker, postgres
from chassis.outbox import Outbox
from chassis.relay import relaying
from chassis.runtime import run
from chassis.settings import DatabaseSettings
from contracts.notes.events import NoteCreated


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="NOTES_")


@asynccontextmanager
async def compose(runtime):
    async with postgres.connected(runtime) as database, broker.connected(runtime) as client:
        outbox = Outbox(database)

        async def emit():
            while True:
                async with outbox.transaction() as connection:
                    for _ in range(5):
                        await outbox.add(connection, NoteCreated(note_id=uuid4()))
                await asyncio.sleep(0)

        async with relaying(runtime, client, database, outbox), runtime.background("emit", emit):
            yield


if __name__ == "__main__":
    run("notes", Settings, compose)
