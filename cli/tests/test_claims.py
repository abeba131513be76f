"""Claims on a disk: one holder each, found again, dropped when stale."""

import errno
import fcntl
import os
import stat
import time
from pathlib import Path

import pytest

from onasty_cli.claims import STALE_AFTER, Claims
from onasty_cli.command_error import CommandError
from onasty_cli.links import NoteLink
from onasty_cli.state_files import UNNAMED_FOR, LockedFile

LINK = NoteLink("https://a.example", "one-note", b"k" * 32)


@pytest.fixture
def claims(tmp_path):
    return Claims(tmp_path)


def files(tmp_path):
    return sorted((tmp_path / "claims").iterdir())


def first_of(kept):
    return next(kept, None)


def test_one_is_on_disk_with_its_name_when_it_was_made(claims, tmp_path, monkeypatch):
    claims.make(LINK, header=None, has_password=False).done()
    synced = []

    def fsync(descriptor):
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(os.pread(descriptor, 4096, 0).decode())
        else:
            synced.append([path.name for path in files(tmp_path)])

    monkeypatch.setattr(os, "fsync", fsync)
    claim = claims.make(LINK, header=None, has_password=False)
    (file,) = files(tmp_path)
    assert claim.token in file.read_text()
    assert synced == [file.read_text(), [file.name]]


def test_one_that_its_holder_removed_before_it_was_locked_is_none(claims, tmp_path, monkeypatch):
    claims.make(LINK, header=None, has_password=False).file.close()
    (file,) = files(tmp_path)
    lock = fcntl.flock

    def lock_later(descriptor, how):
        file.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", lock_later)
    assert first_of(claims.kept(LINK)) is None


def test_what_was_left_behind_is_found_again(claims, tmp_path):
    left = claims.make(LINK, header="h", has_password=True)
    left.file.close()  # what the end of a process does
    found = first_of(claims.kept(LINK))
    assert (found.token, found.header, found.has_password) == (left.token, "h", True)
    found.done()
    assert first_of(claims.kept(LINK)) is None
    assert files(tmp_path) == []


def test_a_claim_in_use_is_nobody_elses(claims):
    first = claims.make(LINK, header=None, has_password=False)
    assert first_of(claims.kept(LINK)) is None
    second = claims.make(LINK, header=None, has_password=False)
    assert first.token != second.token
    first.file.close()
    assert first_of(claims.kept(LINK)).token == first.token


def test_all_that_were_left_behind_are_found(claims):
    left = [claims.make(LINK, header=None, has_password=False) for _ in range(3)]
    for claim in left:
        claim.file.close()
    assert {claim.token for claim in claims.kept(LINK)} == {claim.token for claim in left}


def test_a_claim_is_of_one_note_of_one_server(claims):
    claims.make(LINK, header=None, has_password=False).file.close()
    assert first_of(claims.kept(NoteLink("https://a.example", "another"))) is None
    assert first_of(claims.kept(NoteLink("https://b.example", "one-note"))) is None


def test_stale_ones_are_dropped(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).file.close()
    old = time.time() - STALE_AFTER - 1
    os.utime(files(tmp_path)[0], (old, old))
    assert first_of(claims.kept(NoteLink("https://a.example", "another"))) is None
    assert files(tmp_path) == []


def test_one_that_was_tried_while_it_was_taken_for_stale_stays(claims, tmp_path, monkeypatch):
    left = claims.make(LINK, header=None, has_password=False)
    left.file.close()
    old = time.time() - STALE_AFTER - 1
    os.utime(files(tmp_path)[0], (old, old))
    take = LockedFile.take

    def take_later(path):
        os.utime(path)
        return take(path)

    monkeypatch.setattr(LockedFile, "take", take_later)
    assert first_of(claims.kept(LINK)).token == left.token


def test_files_are_for_their_owner_and_name_no_note(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False)
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "one-note" not in file.name + file.read_text()


def test_a_broken_file_is_no_claim(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).file.close()
    files(tmp_path)[0].write_text("{")
    assert first_of(claims.kept(LINK)) is None


def test_a_state_folder_that_takes_nothing_is_said(tmp_path):
    (tmp_path / "claims").write_text("a file")
    with pytest.raises(CommandError, match="state folder"):
        Claims(tmp_path).make(LINK, header=None, has_password=False)


def test_a_folder_that_lets_nothing_go_fails_nothing(claims, tmp_path, monkeypatch):
    claim = claims.make(LINK, header=None, has_password=False)

    def refused(*_, **__):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        claim.done()
    assert first_of(claims.kept(LINK)).token == claim.token


def test_the_claims_of_other_notes_are_left_alone(claims, monkeypatch):
    claims.make(LINK, header=None, has_password=False).file.close()
    monkeypatch.setattr("onasty_cli.claims.LockedFile.take", lambda path: pytest.fail(f"{path} was locked"))
    assert first_of(claims.kept(NoteLink("https://a.example", "another"))) is None


def test_what_was_not_whole_when_its_writer_was_killed_is_cleared_away(claims, tmp_path):
    claims.make(LINK, header=None, has_password=False).done()
    left, being_written = (tmp_path / "claims" / name for name in (".left", ".being-written"))
    left.touch()
    being_written.touch()
    old = time.time() - UNNAMED_FOR - 1
    os.utime(left, (old, old))
    claims.make(LINK, header=None, has_password=False).done()
    assert files(tmp_path) == [being_written]
