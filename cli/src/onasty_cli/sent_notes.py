"""Manage tokens of the notes that were sent from here: what `status`, `watch` and `burn` need."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onasty_cli.links import ManageLink
from onasty_cli.state_files import LockedFile, drop

# For as long as a server remembers what became of a note, and a lifetime that the sender did not set.
REMEMBERED = timedelta(days=30)
LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SentNote:
    """Times are RFC 3339; `expires_at` is None when the server chose."""

    server: str
    slug: str
    token: str = field(repr=False)
    sent_at: str
    expires_at: str | None

    @property
    def manage_link(self) -> ManageLink:
        return ManageLink(self.server, self.slug, self.token)

    def is_forgotten(self, now: datetime) -> bool:
        longest = datetime.fromisoformat(self.sent_at) + LIFETIME
        end = datetime.fromisoformat(self.expires_at) if self.expires_at else longest
        return end + REMEMBERED < now


class SentNotes:
    """One file for each note, under a name that tells nobody which."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "sent"

    def keep(self, note: SentNote) -> None:
        """On disk when this returns. Raises `OSError`."""
        LockedFile.create(self._path(note.server, note.slug), json.dumps(asdict(note))).close()

    def all(self) -> list[SentNote]:
        """Oldest first. What no server remembers any more is dropped."""
        notes = []
        for path in self._folder.glob("*.json"):
            try:
                note = SentNote(**json.loads(path.read_text()))
                forgotten = note.is_forgotten(datetime.now(UTC))
            except (OSError, ValueError, TypeError, OverflowError):
                continue
            if forgotten:
                drop(path)
            else:
                notes.append(note)
        return sorted(notes, key=lambda note: note.sent_at)

    def find(self, server: str | None, slug: str) -> SentNote | None:
        """The latest of that slug; of any server when None."""
        found = [note for note in self.all() if note.slug == slug and server in {None, note.server}]
        return found[-1] if found else None

    def forget(self, server: str, slug: str) -> None:
        """Nothing fails when the folder does not let it go."""
        drop(self._path(server, slug))

    def _path(self, server: str, slug: str) -> Path:
        return self._folder / f"{hashlib.sha256(f'{server}/{slug}'.encode()).hexdigest()}.json"
