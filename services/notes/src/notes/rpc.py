"""Everything that the notes service does when asked: request → handler."""

from __future__ import annotations

from chassis.rpc_server import Operation, operation
from contracts.notes import rpc
from notes.commands.create_note import CreateNote
from notes.commands.reveal_note import RevealNote
from notes.queries.note_metadata import GetNoteMetadata


def operations(
    *, create_note: CreateNote, reveal_note: RevealNote, note_metadata: GetNoteMetadata
) -> tuple[Operation, ...]:
    """One row for each request that the contract says we serve."""
    return (
        operation(rpc.CreateNote, create_note),
        operation(rpc.RevealNote, reveal_note),
        operation(rpc.GetNoteMetadata, note_metadata),
    )
