"""What is known of an output before a note is asked for, and after it was written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from onasty_cli import outputs
from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.outputs import output_to


def opened(path):
    with output_to(path):
        pytest.fail("a note would be asked for")


def test_a_file_system_without_second_names_is_refused_at_once(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with pytest.raises(CommandError) as failure:
        opened(tmp_path / "note")
    assert failure.value.code is ExitCode.USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_nothing_is_a_file_that_is_there(tmp_path):
    (tmp_path / "note").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="exists already"):
        opened(tmp_path / "note")


def test_its_name_is_on_disk_and_its_only_one_when_it_was_written(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(outputs, "sync_folder", lambda folder: synced.append(list(folder.iterdir())))
    with output_to(tmp_path / "note") as output:
        output.write("secret")
        assert synced[-1] == [tmp_path / "note"]
    assert (tmp_path / "note").read_text() == "secret"


def test_what_goes_into_a_file_is_on_disk_before_it_has_its_name(tmp_path, monkeypatch):
    synced = contents_when_synced(monkeypatch)
    with output_to(tmp_path / "note") as output:
        output.write("secret")
    assert synced == [(b"secret", 1)]


def test_stdout_that_is_a_file_is_on_disk_when_it_was_written(capfd, monkeypatch):
    synced = contents_when_synced(monkeypatch)
    with output_to(None) as output:
        output.write("secret")
        assert [content for content, _ in synced] == [b"secret"]


def contents_when_synced(monkeypatch):
    """What is in each file, and how many names it has, when it is written to disk."""
    synced = []

    def fsync(descriptor):
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            synced.append((os.pread(descriptor, status.st_size, 0), status.st_nlink))

    monkeypatch.setattr(os, "fsync", fsync)
    return synced


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\n", "a\nb\n"),
        ("a\r\n" * 8 + "\x00", "a\n" * 8 + "\\u0000\n"),
        ("\U000e0041A", "\\U000e0041A\n"),
    ],
)
def test_control_characters_are_shown_and_told_of(capfd, monkeypatch, text, shown):
    monkeypatch.setattr(os, "isatty", lambda _: True)
    with output_to(None) as output:
        output.write(text)
    came = capfd.readouterr()
    assert came.out == shown
    assert ("Control characters" in came.err) is ("\\" in shown)
