"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import broker, postgres, rpc_server
from chassis.consumer import consuming
from chassis.metrics import BatchMetrics
from chassis.outbox import Outbox
from chassis.passwords import PasswordHashing, password_hashing
from chassis.postgres import Database
from chassis.relay import relaying
from chassis.runtime import Runtime
from contracts.registry import SERVICES
from notes.commands.acknowledge_reveal import AcknowledgeReveal
from notes.commands.change_note import ChangeNote
from notes.commands.check_reader import CheckReader
from notes.commands.create_note import CreateNote
from notes.commands.delete_note import DeleteNote
from notes.commands.forget_author import ForgetAuthor
from notes.commands.reveal_note import RevealNote
from notes.consumers import subscriptions
from notes.crypto.key_ring import KeyRing
from notes.domain.note import Limits
from notes.queries.author_pages import OpenedContents
from notes.queries.count_notes import CountNotes
from notes.queries.export_notes import ExportNotes
from notes.queries.get_note_metadata import GetNoteMetadata
from notes.queries.get_note_status import GetNoteStatus
from notes.queries.get_watched_note import GetWatchedNote
from notes.queries.list_notes import ListNotes
from notes.queries.list_watched_notes import ListWatchedNotes
from notes.rpc import UseCases, operations
from notes.settings import NotesSettings
from notes.storage.author_repository import AuthorRepository
from notes.storage.idempotency_repository import IdempotencyRepository
from notes.storage.note_repository import NoteRepository
from notes.storage.reveal_repository import RevealRepository
from notes.storage.upkeep_repository import UpkeepRepository
from notes.sweeper import Sweeper


@asynccontextmanager
async def compose(runtime: Runtime[NotesSettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    settings = runtime.settings
    async with (
        password_hashing(runtime.metrics) as passwords,
        postgres.connected(runtime) as database,
        broker.connected(runtime) as client,
    ):
        sweeper = Sweeper(
            UpkeepRepository(database),
            interval=settings.sweep_interval,
            tombstone_lifetime=settings.tombstone_lifetime,
            log=runtime.log,
            metrics=runtime.metrics,
        )
        outbox = Outbox(database)
        follow = subscriptions(ForgetAuthor(AuthorRepository(database)))
        (spec,) = SERVICES["notes"].consumers
        async with (
            relaying(runtime, client, database, outbox),
            runtime.background("sweeper", sweeper.run),
            consuming(runtime, client, database, spec, follow),
            rpc_server.serving(runtime, client, operations(use_cases(runtime, database, outbox, passwords))),
        ):
            yield


def use_cases(
    runtime: Runtime[NotesSettings], database: Database, outbox: Outbox, passwords: PasswordHashing
) -> UseCases:
    """Everything that the service can be asked, over one database."""
    settings = runtime.settings
    ring = KeyRing(settings.sealing_keys.get_secret_value())
    limits = Limits(settings.max_content_bytes, settings.max_encrypted_bytes, settings.longest_lifetime)
    batches = BatchMetrics(runtime.metrics)
    notes = NoteRepository(database, outbox, batches)
    views = RevealRepository(database, outbox, batches, ring.key_ids)
    authors = AuthorRepository(database)
    contents = OpenedContents(ring, runtime.log)
    return UseCases(
        create_note=CreateNote(notes, IdempotencyRepository(database, outbox), ring, passwords, limits),
        reveal_note=RevealNote(notes, views, CheckReader(notes, passwords), ring),
        acknowledge_reveal=AcknowledgeReveal(views),
        note_metadata=GetNoteMetadata(notes),
        note_status=GetNoteStatus(notes),
        watched_note=GetWatchedNote(notes),
        watched_notes=ListWatchedNotes(authors),
        list_notes=ListNotes(authors, contents),
        count_notes=CountNotes(authors),
        export_notes=ExportNotes(authors, contents),
        change_note=ChangeNote(notes, authors, ring, passwords, limits),
        delete_note=DeleteNote(notes),
    )
