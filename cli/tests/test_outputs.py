"""What is known of an output before a note is asked for, and after it was written."""

import errno
import os
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


def test_its_name_is_on_disk_when_it_was_written(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(outputs, "sync_folder", lambda folder: synced.append(list(folder.iterdir())))
    with output_to(tmp_path / "note") as output:
        output.write("secret")
        assert tmp_path / "note" in synced[-1]
    assert (tmp_path / "note").read_text() == "secret"


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
