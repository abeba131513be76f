"""From rows to domain objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notes.domain.note import NoteRecord, Protection

RECORD_COLUMNS = """
    id, slug, version, author_id, created_at, expires_at, read_at, deleted_at, content IS NULL AS erased,
    keep, max_views, views_taken, encryption, password_hash, link_proof_hash, password_proof_hash,
    manage_token_hash, refused_attempts
"""


# The same, of a query whose columns are these.
COLUMN_NAMES = RECORD_COLUMNS.replace("content IS NULL AS erased", "erased")


def note_record(row: Mapping[str, Any]) -> NoteRecord:
    values = dict(row)
    protection = Protection(
        password_hash=values.pop("password_hash"),
        link_proof_hash=values.pop("link_proof_hash"),
        password_proof_hash=values.pop("password_proof_hash"),
    )
    return NoteRecord(protection=protection, **values)
