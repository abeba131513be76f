"""NATS stands still, and NATS dies: a follower says so, and then knows all there is."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import nats
import pytest
import uuid_utils.compat

from chassis import broker
from chassis.follower import Follower, following
from chassis.metrics import FollowerMetrics
from chassis.settings import ServiceSettings
from contracts.auth.events import UserSessionsRevoked
from contracts.messages import Envelope
from contracts.registry import ENDED_SESSIONS

pytestmark = pytest.mark.integration


async def emit(url):
    """Publish as soon as there is somebody to publish to."""
    session_id = uuid4()
    event = UserSessionsRevoked(user_id=uuid4(), session_ids=[session_id])
    envelope = Envelope[UserSessionsRevoked](
        id=uuid_utils.compat.uuid7(),
        source="/onasty/auth",
        type=event.subject,
        subject=str(event.entity_id),
        time=datetime.now(UTC),
        data=event,
    )
    client = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    await client.jetstream(timeout=20).publish(event.subject, envelope.model_dump_json().encode())
    await client.close()
    return session_id


async def until(condition, within):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.02)


async def test_a_nats_that_stands_still_or_dies_is_noticed_and_caught_up_with(launch_devstack, make_runtime):
    devstack = launch_devstack("--only-servers")
    endpoints = devstack.wait_until_ready()
    runtime = make_runtime("gateway", ServiceSettings, nats_url=endpoints.nats_users["gateway"])
    heard = []
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(broker.connected(runtime))
        follower = Follower(
            runtime,
            client,
            FollowerMetrics(runtime.metrics),
            follow=ENDED_SESSIONS,
            since=timedelta(minutes=16),
            handler=lambda envelope: heard.extend(envelope.data.session_ids),
        )
        await stack.enter_async_context(following(runtime, revocations=follower))
        first = await emit(endpoints.nats)
        await until(lambda: first in heard, within=5)

        pid = endpoints.pids["nats"][0]
        os.kill(pid, signal.SIGSTOP)
        try:
            # The connection stands and nothing comes: longer than the silence that is borne.
            await until(lambda: follower.check() is not None, within=5)
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: follower.check() is None, within=20)

        os.kill(pid, signal.SIGKILL)
        await until(lambda: follower.check() is not None, within=5)
        devstack.wait_until(lambda: devstack.endpoints.pids["nats"] != [pid], "restarted nats", within=30)
        missed = await emit(endpoints.nats)
        await until(lambda: follower.check() is None, within=20)
        await until(lambda: missed in heard, within=5)
    assert heard.count(first) >= 2
