"""Everything that the notes service does when asked: request → handler."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.rpc_server import Operation, operation
from contracts.notes import rpc
from notes.commands.acknowledge_reveal import AcknowledgeReveal
from notes.commands.change_note import ChangeNote
from notes.commands.create_note import CreateNote
from notes.commands.delete_note import DeleteNote
from notes.commands.reveal_note import RevealNote
from notes.queries.count_notes import CountNotes
from notes.queries.export_notes import ExportNotes
from notes.queries.get_note_metadata import GetNoteMetadata
from notes.queries.get_note_status import GetNoteStatus
from notes.queries.get_watched_note import GetWatchedNote
from notes.queries.list_notes import ListNotes
from notes.queries.list_watched_notes import ListWatchedNotes


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """The service's use cases, put together."""

    create_note: CreateNote
    reveal_note: RevealNote
    acknowledge_reveal: AcknowledgeReveal
    note_metadata: GetNoteMetadata
    note_status: GetNoteStatus
    watched_note: GetWatchedNote
    watched_notes: ListWatchedNotes
    list_notes: ListNotes
    count_notes: CountNotes
    export_notes: ExportNotes
    change_note: ChangeNote
    delete_note: DeleteNote


def operations(use: UseCases) -> tuple[Operation, ...]:
    """One row for each request that the contract says we serve."""
    return (
        operation(rpc.CreateNote, use.create_note),
        operation(rpc.RevealNote, use.reveal_note),
        operation(rpc.AcknowledgeReveal, use.acknowledge_reveal),
        operation(rpc.GetNoteMetadata, use.note_metadata),
        operation(rpc.GetNoteStatus, use.note_status),
        operation(rpc.GetWatchedNote, use.watched_note),
        operation(rpc.ListWatchedNotes, use.watched_notes),
        operation(rpc.ListNotes, use.list_notes),
        operation(rpc.CountNotes, use.count_notes),
        operation(rpc.ExportNotes, use.export_notes),
        operation(rpc.ChangeExpiry, use.change_note.expiry),
        operation(rpc.ChangePassword, use.change_note.password),
        operation(rpc.ChangeContent, use.change_note.content),
        operation(rpc.DeleteNote, use.delete_note),
    )
