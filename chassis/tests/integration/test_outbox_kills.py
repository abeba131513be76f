"""An emitter that is killed loses no event: what it committed and did not publish, the next one publishes."""

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path

import asyncpg
import nats
import pytest

pytestmark = pytest.mark.integration

KILLS = 5
EMITTER = Path(__file__).with_name("emitter.py")


@pytest.fixture
async def sql(servers):
    connection = await asyncpg.connect(servers.postgres["notes"])
    await connection.execute("TRUNCATE outbox")
    yield connection
    await connection.execute("TRUNCATE outbox")
    await connection.close()


@pytest.fixture
async def emitter(servers):
    """Starts the process; gives it."""
    started = []

    async def start():
        environment = {
            "PATH": os.environ["PATH"],
            "NOTES_NATS_URL": servers.nats_users["notes"],
            "NOTES_DATABASE_URL": servers.postgres["notes"],
            "NOTES_OPS_PORT": "0",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(EMITTER), env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_what_a_killed_emitter_committed_is_published_once(servers, sql, emitter):
    client = await nats.connect(servers.nats)
    js = client.jetstream()
    first = (await js.stream_info("EVENTS")).state.last_seq + 1
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when this fails
    moments = random.Random(seed)

    for _ in range(KILLS):
        published = await count(sql)
        process = await emitter()
        await until(lambda now, before=published: now > before, lambda: count(sql))
        await asyncio.sleep(moments.uniform(0, 0.2))  # any moment will do
        process.send_signal(signal.SIGKILL)
        await process.wait()
    committed = [str(row["id"]) for row in await sql.fetch("SELECT id FROM outbox")]
    process = await emitter()
    await until(
        lambda left: left == 0,
        lambda: sql.fetchval(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL AND id = ANY ($1::uuid[])", committed
        ),
    )
    process.terminate()
    assert await process.wait() == 0

    last = (await js.stream_info("EVENTS")).state.last_seq
    published = [
        json.loads((await js.get_msg("EVENTS", seq=sequence)).data)["id"]
        for sequence in range(first, last + 1)
    ]
    await client.close()
    everything = [str(row["id"]) for row in await sql.fetch("SELECT id FROM outbox")]
    assert sorted(published) == sorted(everything), "each once, and none that was not committed"
    assert set(committed) <= set(published)


async def count(sql):
    return await sql.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL")


async def until(condition, look):
    async with asyncio.timeout(30):
        while not condition(await look()):
            await asyncio.sleep(0.02)
