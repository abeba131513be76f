"""Claims on a disk: one holder each, found again, dropped when stale."""

import os
import time

import pytest

from onasty_cli.claims import STALE_AFTER, Claims
from onasty_cli.command_error import CommandError
from onasty_cli.links import NoteLink
from onasty_cli.state_files import UNNAMED_FOR

LINK = NoteLink("https://a.example", "one-note", b"k" * 32)


@pytest.fixture
def claims(tmp_path):
    return Claims(tmp_path)


def files(tmp_path):
    return sorted((tmp_path / "claims").iterdir())


def test_what_was_left_behind_is_found_again(claims, tmp_path):
    left = claims.make(LINK, header="h", has_password=True)
    left.file.close()  # what the end of a process does
    found = claims.kept(LINK)
    assert (found.token, found.header, found.has_password) == (left.token, "h", True)
    found.done()
    assert claims.kept(LINK) is None
    assert files(tmp_path) == []


def test_a_claim_in_use_is_nobody_elses(claims):
    first = claims.make(LINK, header=None, has_password=False)
    assert claims.kept(LINK) is None
    second = claims.make(LINK, header=None, has_password=False)
    assert first.token != second.token
    first.file.close()
    assert claims.kept(LINK).token == first.token


def test_a_claim_is_of_one_note_of_one_server(claims):
    claims.make(LINK, header=None, has_password=False).file.close()
    assert claims.kept(NoteLink("https://a.example", "another")) is None
    assert claims.kept(NoteLink("https://b.example", "one-note")) is None


def test_stale_ones_are_dropped(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).file.close()
    old = time.time() - STALE_AFTER - 1
    os.utime(files(tmp_path)[0], (old, old))
    assert claims.kept(NoteLink("https://a.example", "another")) is None
    assert files(tmp_path) == []


def test_files_are_for_their_owner_and_name_no_note(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False)
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "one-note" not in file.name + file.read_text()


def test_a_broken_file_is_no_claim(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).file.close()
    files(tmp_path)[0].write_text("{")
    assert claims.kept(LINK) is None


def test_a_state_folder_that_takes_nothing_is_said(tmp_path):
    (tmp_path / "claims").write_text("a file")
    with pytest.raises(CommandError, match="state folder"):
        Claims(tmp_path).make(LINK, header=None, has_password=False)


def test_the_claims_of_other_notes_are_left_alone(claims, monkeypatch):
    claims.make(LINK, header=None, has_password=False).file.close()
    monkeypatch.setattr("onasty_cli.claims.LockedFile.take", lambda path: pytest.fail(f"{path} was locked"))
    assert claims.kept(NoteLink("https://a.example", "another")) is None


def test_what_was_not_whole_when_its_writer_was_killed_is_cleared_away(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).done()
    left, being_written = (tmp_path / "claims" / name for name in (".left", ".being-written"))
    left.touch()
    being_written.touch()
    old = time.time() - UNNAMED_FOR - 1
    os.utime(left, (old, old))
    claims.make(LINK, header=None, has_password=False).done()
    assert files(tmp_path) == [being_written]
