import os
import signal

import asyncpg
import nats
import pytest

from devstack.errors import StackError

pytestmark = pytest.mark.integration

SERVERS = ("nats", "postgres", "valkey")


async def write_traces(endpoints):
    database = await asyncpg.connect(endpoints.postgres["notes"])
    try:
        await database.execute("CREATE TABLE trace (word text); INSERT INTO trace VALUES ('kept')")
    finally:
        await database.close()
    client = await nats.connect(endpoints.nats)
    try:
        await client.jetstream().add_stream(name="TRACE", subjects=["trace"])
        await client.jetstream().publish("trace", b"kept")
    finally:
        await client.close()


async def read_row(endpoints):
    database = await asyncpg.connect(endpoints.postgres["notes"])
    try:
        return await database.fetchval("SELECT word FROM trace")
    finally:
        await database.close()


async def read_message(endpoints):
    client = await nats.connect(endpoints.nats)
    try:
        return (await client.jetstream().get_msg("TRACE", seq=1)).data
    finally:
        await client.close()


async def test_data_and_passwords_survive_a_restart(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    before = first.wait_until_ready()
    await write_traces(before)
    passwords = (data_directory / "passwords.json").read_text()
    assert first.stop() == 0

    second = launch_devstack("--only-servers", data=data_directory)
    after = second.wait_until_ready()

    assert await read_row(after) == "kept"
    assert await read_message(after) == b"kept"
    assert (data_directory / "passwords.json").read_text() == passwords
    assert (data_directory / "logs" / "postgres.log.1").exists()


async def test_kill_leaves_no_orphan_and_the_next_start_recovers(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    await write_traces(first.wait_until_ready())

    first.process.kill()
    first.process.wait()
    # At once: PostgreSQL may still be going down.
    second = launch_devstack("--only-servers", data=data_directory)
    endpoints = second.wait_until_ready()

    assert await read_row(endpoints) == "kept"
    assert await read_message(endpoints) == b"kept"
    second.process.kill()
    second.process.wait()
    third = launch_devstack("--only-servers", data=data_directory)
    third.wait_until_ready()
    assert third.stop() == 0
    assert third.processes() == []


def test_after_a_kill_nothing_stays(launch_devstack):
    devstack = launch_devstack("--only-servers")
    devstack.wait_until_ready()

    devstack.process.kill()
    devstack.process.wait()

    devstack.wait_until_gone(within=5)
    assert (devstack.data / "endpoints.json").exists()
    with pytest.raises(StackError, match="No devstack is running"):
        devstack.endpoints  # noqa: B018


def test_fresh_right_after_a_kill_starts_empty(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    first.wait_until_ready()
    first.process.kill()
    first.process.wait()

    # At once: PostgreSQL may still be going down.
    second = launch_devstack("--only-servers", "--fresh", data=data_directory)

    second.wait_until_ready()
    assert not (data_directory / "servers.old").exists()
    second.stop_cleanly()


def test_a_stale_pid_file_of_postgresql_does_not_matter(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    first.wait_until_ready()
    assert first.stop() == 0
    # As after a power cut, with the number given to another process since.
    pid_file = data_directory / "servers" / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n0\n0\n\n\n0 0\nready   \n")

    second = launch_devstack("--only-servers", data=data_directory)

    second.wait_until_ready()
    assert second.stop() == 0


def test_an_interrupted_first_start_is_done_again(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    half_made = data_directory / "servers" / "postgres" / "data.new"
    first.wait_until(half_made.exists, "making a cluster", within=30)
    first.process.kill()
    first.process.wait()

    second = launch_devstack("--only-servers", data=data_directory)

    second.wait_until_ready()
    assert not half_made.exists()
    assert second.stop() == 0


async def test_nats_killed_while_it_tried_its_store_starts_again(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    await write_traces(first.wait_until_ready())
    assert first.stop() == 0
    probe = data_directory / "servers" / "nats" / "jetstream" / "jetstream" / "_test_1143564835"
    assert probe.parent.is_dir()
    probe.touch()

    second = launch_devstack("--only-servers", data=data_directory)

    assert await read_message(second.wait_until_ready()) == b"kept"
    assert second.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_server_that_dies_is_started_again_where_it_was(launch_devstack, number):
    devstack = launch_devstack("--only-servers")
    before = devstack.wait_until_ready()
    await write_traces(before)

    for server in SERVERS:
        os.kill(before.pids[server][0], number)
    for server in SERVERS:
        devstack.wait_for_line(f"{server:<12} ready again")

    devstack.wait_until(lambda: devstack.endpoints.pids != before.pids, "up to date", within=5)
    assert devstack.endpoints.nats == before.nats
    assert await read_row(devstack.endpoints) == "kept"
    assert await read_message(devstack.endpoints) == b"kept"
    assert devstack.stop() == 0
    assert devstack.processes() == []


async def test_fresh_starts_empty(launch_devstack, data_directory):
    first = launch_devstack("--only-servers", data=data_directory)
    await write_traces(first.wait_until_ready())
    assert first.stop() == 0
    (data_directory / "mine.txt").write_text("left alone")

    second = launch_devstack("--only-servers", "--fresh", data=data_directory)
    endpoints = second.wait_until_ready()

    with pytest.raises(asyncpg.UndefinedTableError):
        await read_row(endpoints)
    with pytest.raises(nats.js.errors.NotFoundError):
        await read_message(endpoints)
    assert (data_directory / "mine.txt").read_text() == "left alone"
