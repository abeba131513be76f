"""A stream comes back as it was, with its consumers; and never over one that has something in it."""

import contextlib
import io
import os

import pytest
from nats.js.errors import NotFoundError

from chassis.provision import provision
from chassis.stream_backup import BackupError, main, restore, save
from contracts.streams import ConsumerSpec, StreamSpec

pytestmark = pytest.mark.integration

STREAM = StreamSpec(name="SAVED", subjects=("saved.>",), max_age=600.0)
CONSUMER = ConsumerSpec(stream="SAVED", durable="reader", filter_subjects=("saved.a",))
# Snapshots are compressed: these are not smaller for it, and more than one chunk.
MESSAGES = 40
SIZE = 20_000


@pytest.fixture
async def js(client):
    js = client.jetstream()
    await provision(js, [STREAM], [CONSUMER])
    yield js
    with contextlib.suppress(NotFoundError):
        await js.delete_stream("SAVED")


@pytest.fixture
async def saved(client, js, random_bytes):
    """The file, of a stream of which the consumer has had half."""
    for number in range(MESSAGES):
        await js.publish("saved.a", random_bytes[number], headers={"Nats-Msg-Id": str(number)})
    reader = await js.pull_subscribe_bind("reader", "SAVED")
    for message in await reader.fetch(MESSAGES // 2):
        await message.ack_sync()
    await reader.unsubscribe()
    file = io.BytesIO()
    assert await save(client, "SAVED", file) == MESSAGES
    return file.getvalue()


@pytest.fixture
def random_bytes():
    return [os.urandom(SIZE) for _ in range(MESSAGES)]


async def test_it_comes_back_as_it_was_and_its_consumer_goes_on(client, js, saved, random_bytes):
    was = await js.get_msg("SAVED", seq=MESSAGES)
    await js.delete_stream("SAVED")
    file = io.BytesIO(saved + saved)

    assert await restore(client, file) == ("SAVED", MESSAGES)

    there = await js.get_msg("SAVED", seq=MESSAGES)
    assert (there.data, there.headers, there.time) == (random_bytes[-1], was.headers, was.time)
    assert (await js.stream_info("SAVED")).config.max_age == STREAM.max_age
    reader = await js.pull_subscribe_bind("reader", "SAVED")
    left = await reader.fetch(MESSAGES)
    assert [message.data for message in left] == random_bytes[MESSAGES // 2 :]
    with pytest.raises(BackupError, match=f"SAVED is there, with {MESSAGES} messages"):
        await restore(client, file)


async def test_an_empty_one_is_replaced_and_after_the_last_there_is_none(client, js, saved):
    await js.purge_stream("SAVED")
    file = io.BytesIO(saved)
    assert await restore(client, file) == ("SAVED", MESSAGES)
    assert await restore(client, file) is None


async def test_one_that_is_there_does_not_keep_back_those_after_it(
    client, js, saved, servers, tmp_path, monkeypatch, capsys
):
    """A restore that broke off after the first of two is repeated."""
    monkeypatch.setenv("PROVISION_NATS_URL", servers.nats)
    second = StreamSpec(name="SAVED_TOO", subjects=("saved_too.>",), max_age=600.0)
    await provision(js, [second], [])
    try:
        await js.publish("saved_too.a", b"x")
        file = io.BytesIO()
        await save(client, "SAVED_TOO", file)
        await js.delete_stream("SAVED_TOO")
        (tmp_path / "both").write_bytes(saved + file.getvalue())

        with pytest.raises(BackupError, match=f"SAVED is there, with {MESSAGES} messages, and was left"):
            await main(["restore", str(tmp_path / "both")])

        assert capsys.readouterr().err == "SAVED_TOO: 1 messages\n"
        assert (await js.stream_info("SAVED_TOO")).state.messages == 1
    finally:
        with contextlib.suppress(NotFoundError):
            await js.delete_stream("SAVED_TOO")


@pytest.mark.parametrize("end", [2, 100, -200_000, -1])
async def test_a_file_that_is_cut_short_is_refused(client, js, saved, end):
    await js.purge_stream("SAVED")
    with pytest.raises(BackupError, match="cut short"):
        await restore(client, io.BytesIO(saved[:end]))


@pytest.mark.parametrize("text", [b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x02xx", b"PGDMP and so on"])
async def test_another_file_is_refused(client, text):
    with pytest.raises(BackupError, match="no backup of streams"):
        await restore(client, io.BytesIO(text))
