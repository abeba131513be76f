import os
import stat
import subprocess
from pathlib import Path

import pytest

from devstack import account, binaries, leftovers
from devstack.account import Account, ServersHome, servers_home
from devstack.data_directory import DataDirectory, opened
from devstack.errors import StackError
from devstack.files import write_atomically
from devstack.passwords import load_passwords

ME = Account(os.geteuid(), os.getegid(), "me")
FILES = ("endpoints.json", "passwords.json", "servers", "servers.old", "servers-bin", "logs", "mailbox")


def quiet(_):
    pass


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_what_a_stranger_has_is_neither_written_nor_removed(tmp_path, name, fresh):
    (tmp_path / name).write_text("precious")

    with (
        pytest.raises(StackError, match=f"{name} exists and is not of a devstack"),
        opened(tmp_path, fresh=fresh),
    ):
        pass

    assert (tmp_path / name).read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "devstack.lock").touch()
    (tmp_path / "logs").write_text("in the way")

    with (
        pytest.raises(StackError, match=r"cannot be used: File exists: .*logs"),
        opened(tmp_path, fresh=False),
    ):
        pass


def test_a_removal_that_was_cut_off_is_ended_at_the_next_start(tmp_path):
    with opened(tmp_path, fresh=False):
        (tmp_path / "servers.old" / "postgres").mkdir(parents=True)

    with opened(tmp_path, fresh=False):
        assert not (tmp_path / "servers.old").exists()


def test_nothing_is_removed_while_somebody_works_there(tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "LEFTOVERS_WITHIN", 0.1)
    (tmp_path / "servers" / "data").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path / "servers" / "data") as leftover:
        with pytest.raises(StackError, match=str(leftover.pid)):
            leftovers.remove(tmp_path / "servers")
        assert (tmp_path / "servers.old" / "data").exists()
        leftover.kill()

    leftovers.remove_rest(tmp_path / "servers")

    assert list(tmp_path.iterdir()) == []


def test_data_without_its_passwords_is_not_removed_in_silence(tmp_path, monkeypatch):
    monkeypatch.setattr(account, "OUTSIDE", tmp_path)
    monkeypatch.setattr(account, "_account", lambda: ME)
    monkeypatch.setattr(account, "can_enter", lambda *_: False)
    data = DataDirectory(tmp_path / "data")
    cluster = servers_home(data, fresh=False, say=quiet).folder("postgres") / "data"
    cluster.mkdir()

    with pytest.raises(StackError, match=r"passwords\.json is gone"):
        servers_home(data, fresh=False, say=quiet)
    assert cluster.exists()

    servers_home(data, fresh=True, say=quiet)
    assert not cluster.exists()


def test_damaged_passwords_are_told(tmp_path):
    (tmp_path / "passwords.json").write_text('{"valk')

    with pytest.raises(StackError, match="is damaged"):
        load_passwords(tmp_path / "passwords.json", ["valkey"])


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    flushed = []

    def fsync(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path.name, (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(tmp_path / "file", "text")

    assert flushed == [("file.new", False), (tmp_path.name, True)]


def test_copied_programs_belong_to_this_user_and_run_as_the_other(data_directory, monkeypatch):
    monkeypatch.setattr(binaries, "_reachable", lambda *_: False)
    other = Account(65534, 65534, "nobody") if os.geteuid() == 0 else ME
    home = ServersHome(data_directory / "servers", other)

    copied = binaries.binaries_for(home)

    for program in (copied.nats_server, copied.valkey_server, copied.postgres / "postgres"):
        assert not program.is_relative_to(home.path)
        for path in (program, program.parent):
            assert path.stat().st_uid == os.geteuid()
            assert not stat.S_IMODE(path.stat().st_mode) & 0o022
        user = {"user": other.uid, "group": other.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", **user)
