"""The commands that pages give to operators, with an engine that only writes down what it is asked."""

import os
import re
import stat
import subprocess

import pytest

from devstack.binaries import postgres_programs
from devstack.repository import ROOT

ENGINE = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
  *"$FAILS"*) echo half; exit 1 ;;
  *"$STOPS"*) kill -TERM "$PPID"; echo whole ;;
  pg_dump*--file=*) for word; do case $word in --file=*) cp "$DUMP" "${word#--file=}" ;; esac; done ;;
  *pg_dump*) cat "$DUMP" ;;
  *pg_restore*)
    while [ "$1" != pg_restore ]; do shift; done
    shift; "${PG_RESTORE:-true}" "$@" ;;
  *"ps --quiet"*) printf '%s-1\\n%s-2\\n' "$4" "$4" ;;
  *) echo whole ;;
esac
"""


def commands(page, word):
    """The one block of a page that has this word."""
    blocks = re.findall(
        r"^ *```sh\n(.*?)^ *```", (ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE
    )
    (block,) = [block for block in blocks if word in block]
    return block


@pytest.fixture
def shell(tmp_path):
    """`shell(script, fails="pg_dump")`: its exit code, and what the engine was asked, of which that fails.

    `stops` is what the script is ended at, by a signal; `environment` may name a `DUMP` and a `PG_RESTORE`.
    """
    programs, calls, dump = tmp_path / "bin", tmp_path / "calls", tmp_path / "dump"
    programs.mkdir()
    dump.write_text("whole\n")
    (programs / "docker").write_text(ENGINE)
    for name in ("python", "pg_dump", "pg_restore"):
        (programs / name).write_text(f'#!/bin/sh\nexec docker {name} "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o700)

    def run(script, fails="nothing of it", stops="nothing of it", **environment):
        calls.write_text("")
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            check=False,
            capture_output=True,
            cwd=tmp_path,
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "CALLS": str(calls),
                "FAILS": fails,
                "STOPS": stops,
                "DUMP": str(dump),
                **environment,
            },
        )
        return done.returncode, calls.read_text().splitlines()

    return run


def test_an_upgrade_fetches_the_images_of_servers(shell):
    assert "compose pull --ignore-buildable" in commands("deploy.md", "build --pull")


def test_an_upgrade_beside_the_old_ones_migrates_first_and_takes_the_gateway_last(shell):
    code, calls = shell(commands("deploy.md", "--no-recreate"))
    assert code == 0
    assert calls[:3] == [f"compose run --rm --no-deps {step}" for step in ("roles", "migrate", "provision")]
    replaced = [call for call in calls if not call.startswith("compose run") and "ps --quiet" not in call]
    assert replaced == [
        line
        for name in ("auth", "notes", "mailer", "gateway")
        for line in (
            f"compose up --wait --no-deps --no-recreate --scale {name}=4 {name}",
            f"stop {name}-1 {name}-2",
            f"rm {name}-1 {name}-2",
        )
    ] + ["compose up --detach --no-deps web"]


@pytest.mark.parametrize("fails", ["migrate", "provision", "auth=4", "stop auth"])
def test_an_upgrade_ends_where_something_fails(shell, fails):
    code, calls = shell(commands("deploy.md", "--no-recreate"), fails)
    assert code == 1
    assert fails in calls[-1]


def test_a_node_of_nats_is_removed_only_when_its_streams_are_saved(shell, tmp_path):
    block = commands("deploy.md", "stream_backup save")
    assert "volume rm onasty_nats_data" in shell(block)[1]
    assert stat.S_IMODE((tmp_path / "streams.backup").stat().st_mode) == 0o600
    code, calls = shell(block, "stream_backup save")
    assert code == 1
    assert not [call for call in calls if " rm " in call.replace("--rm", "")]


def test_a_restore_into_a_cluster_begins_with_all_of_its_nodes(compose):
    config = compose("nats-cluster")
    block = commands("recovery.md", "nats-2")
    for name, volume in config["volumes"].items():
        assert (volume["name"] in block) == name.startswith(("nats", "postgres")), name
    (start,) = [line for line in block.splitlines() if "--wait" in line]
    nodes = {name for name in config["services"] if name.startswith("nats")}
    assert set(start.split("--wait")[1].split()) == nodes | {"postgres"}


@pytest.mark.parametrize("fails", ["stream_backup", "pg_dump", "pg_restore"])
def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(shell, tmp_path, fails):
    script = f"{ROOT / 'infra/compose/backup.sh'} '{tmp_path}/kept apart'"
    assert shell(script)[0] == 0
    (made,) = (tmp_path / "kept apart").iterdir()
    before = {path.name: path.read_text() for path in made.iterdir()}
    assert before == {"streams.backup": "whole\n", "onasty.dump": "whole\n"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()} == {0o600}

    assert shell(script, fails)[0] == 1

    assert list((tmp_path / "kept apart").iterdir()) == [made]
    assert {path.name: path.read_text() for path in made.iterdir()} == before


@pytest.fixture(params=["in containers", "by hand"])
def backup(request, tmp_path):
    """The script of a backup, and the folder that it makes one in."""
    if request.param == "by hand":
        block = commands("recovery.md", "pg_restore --file")
        return block.replace("/var/backups/onasty", str(tmp_path / "kept")), tmp_path / "kept"
    return f"{ROOT / 'infra/compose/backup.sh'} '{tmp_path}/kept'", tmp_path / "kept"


@pytest.mark.parametrize("how", ["fails", "stops"])
@pytest.mark.parametrize("step", ["stream_backup", "pg_dump", "pg_restore"])
def test_a_backup_that_does_not_come_to_its_end_leaves_nothing(shell, backup, step, how):
    script, folder = backup
    assert shell(script, **{how: step})[0] == 1
    assert list(folder.iterdir()) == []


@pytest.mark.integration
def test_a_backup_of_which_not_all_can_be_read_is_none(shell, backup, servers, tmp_path):
    script, folder = backup
    programs = postgres_programs()
    dump = subprocess.run(
        [programs / "pg_dump", "--format=custom", servers.postgres["admin"]], check=True, capture_output=True
    ).stdout
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    broken.write_bytes(dump[:-10])
    whole.write_bytes(dump)
    pg_restore = str(programs / "pg_restore")
    assert shell(script, DUMP=str(broken), PG_RESTORE=pg_restore)[0] == 1
    assert list(folder.iterdir()) == []
    assert shell(script, DUMP=str(whole), PG_RESTORE=pg_restore)[0] == 0
    (made,) = folder.iterdir()
    assert (made / "onasty.dump").read_bytes() == dump


def test_by_hand_each_service_reads_its_own_secrets_and_nobody_else_does(shell, secrets, tmp_path):
    block = commands("by-hand.md", "install -m 0400").replace("/etc/onasty/secrets", str(secrets))
    (tmp_path / "nats").mkdir()
    # There are no such users here.
    block = re.sub(r" -o \S+", "", block).replace("/etc/onasty", str(tmp_path)).replace("/etc", str(tmp_path))
    assert shell(f"set -e\n{block}")[0] == 0
    for service in ("auth", "gateway", "mailer", "notes"):
        folder = tmp_path / service
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {path.name for path in folder.iterdir()} == {
            path.name for path in secrets.glob(f"{service}_*")
        }
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}
    assert stat.S_IMODE((tmp_path / "nats" / "passwords.conf").stat().st_mode) == 0o400


def test_by_hand_the_migrations_are_found_at_each_upgrade(shell, tmp_path):
    block = commands("by-hand.md", "migrate.sh")
    links = "\n".join(line for line in block.splitlines() if "mkdir" in line or "ln -s" in line)
    root = tmp_path / "root"
    for name in ("auth", "mailer", "notes"):
        (root / "services" / name / "migrations").mkdir(parents=True)
    for _ in range(2):
        assert shell(f"set -e\ncd {root}\n{links}")[0] == 0
    for name in ("auth", "mailer", "notes"):
        assert (root / "migrations" / name).resolve() == root / "services" / name / "migrations"
        assert list((root / "migrations" / name).iterdir()) == []
