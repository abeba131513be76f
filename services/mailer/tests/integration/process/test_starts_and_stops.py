"""Replicas come and go: no letter is lost, none goes twice, and a stop has an end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import nats
import pytest

from contracts.registry import SERVICES
from mailer.settings import STOP_MARGIN

pytestmark = pytest.mark.integration


async def test_two_mailers_share_the_work(auth, sink, start_mailer, sign_ups, settled, assert_each_once):
    mailers = [await start_mailer(), await start_mailer()]
    ids = await sign_ups()

    await settled(ids)

    assert_each_once(ids)
    shares = [len(mailer.logged("a letter was attempted")) for mailer in mailers]
    assert sum(shares) == len(ids)
    assert min(shares) > 0


async def test_a_stop_while_sending_loses_and_repeats_nothing(
    auth, sink, start_mailer, sign_ups, settled, until, sql, assert_each_once, make_step
):
    step = make_step(answer=None)
    sink.on_data = step.hold
    # A lease of 42 s: what the first did not give back, the second could not take in time.
    mailer = await start_mailer(ATTEMPT_TIMEOUT="14")
    ids = await sign_ups()
    await step.reached.wait()
    stopping = asyncio.create_task(mailer.stop())
    await until(lambda: mailer.logged("stopping"))
    step.go_on.set()
    assert await stopping == 0
    assert sum(sink.accepted.values()) == len(await sql("SELECT id FROM jobs WHERE state = 'sent'")) > 0
    assert not await sql("SELECT id FROM jobs WHERE state = 'due' AND lease IS NOT NULL")

    await start_mailer(ATTEMPT_TIMEOUT="14")
    await settled(ids, within=30)

    assert_each_once(ids)
    assert set(sink.accepted.values()) == {1}


async def test_a_start_that_waits_for_its_streams_sends_nothing(
    stack, auth, sink, start_mailer, sql, until, make_step
):
    step = make_step()
    sink.on_data = step.hold
    (consumer,) = SERVICES["mailer"].consumers
    client = await nats.connect(stack.nats)
    await client.jetstream().delete_consumer(consumer.stream, consumer.durable)
    await client.close()
    insert = "INSERT INTO jobs (id, letter, user_id, requested_at) VALUES ($1, 'verify', $2, now())"
    await sql(insert, uuid4(), uuid4())

    mailer = await start_mailer(wait=False)
    await until(lambda: "waiting for the streams" in mailer.output)
    with pytest.raises(TimeoutError):
        await until(step.reached.is_set, within=2)
    assert await mailer.stop() == 0

    assert not sink.accepted
    assert not step.reached.is_set()
    assert await sql("SELECT 1 FROM jobs WHERE attempts = 0 AND lease IS NULL AND state = 'due'")


async def test_a_stop_has_an_end_while_postgres_hangs(
    own_servers, auth, sink, start_mailer, sign_ups, make_step
):
    step = make_step()
    sink.on_data = step.hold
    attempt = 3
    mailer = await start_mailer(ATTEMPT_TIMEOUT=f"{attempt}", STOP_TIMEOUT=f"{attempt + STOP_MARGIN}")
    await sign_ups(1)
    await step.reached.wait()
    with hanging(own_servers.endpoints.pids["postgres"][0]):
        # The process itself says 1 when its stop takes too long.
        assert await mailer.stop() == 0, mailer.output
    step.go_on.set()


@contextmanager
def hanging(pid):
    """This process and its children do nothing, and their connections stay."""
    os.kill(pid, signal.SIGSTOP)
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    try:
        for each in pids:
            os.kill(each, signal.SIGSTOP)
        yield
    finally:
        for each in reversed(pids):
            os.kill(each, signal.SIGCONT)
