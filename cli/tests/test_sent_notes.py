"""What is kept of notes that were sent."""

import errno
import json
import os
from pathlib import Path

import pytest

from onasty_cli.sent_notes import SentNote, SentNotes

NOTE = SentNote("https://a.example", "a-note", "T" * 43, "2999-01-31T12:00:00+00:00", None)
OLD = SentNote("https://a.example", "old", "T" * 43, "2000-01-31T12:00:00+00:00", None)


@pytest.fixture
def notes(tmp_path):
    notes = SentNotes(tmp_path)
    notes.keep(NOTE)
    return notes


@pytest.mark.parametrize(
    "odd",
    [
        {"expires_at": "9999-12-31T00:00:00+00:00"},
        {"expires_at": "soon"},
        {"expires_at": 1},
        {"expires_at": "2999-01-31T12:00:00+00:00", "sent_at": 1},
        {"more": 1},
    ],
)
def test_a_file_that_is_odd_hides_no_other(notes, tmp_path, odd):
    text = json.dumps({**dict.fromkeys(("server", "slug", "token"), "x"), "sent_at": NOTE.sent_at, **odd})
    (tmp_path / "sent" / "odd.json").write_text(text)
    assert NOTE in notes.all()
    assert notes.find(None, "a-note") == NOTE


def test_a_folder_that_lets_nothing_go_fails_nothing(notes, monkeypatch):
    notes.keep(OLD)

    def refused(*_, **__):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        assert notes.all() == [NOTE]
        notes.forget(NOTE.server, NOTE.slug)
    notes.forget(NOTE.server, NOTE.slug)
    assert notes.all() == []
