"""Three nodes of NATS, as the compose files make them: one is killed under load, and nothing is lost."""

import asyncio
import secrets
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import asyncpg
import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from chassis import broker, logs
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from chassis.settings import ServiceSettings
from contracts.context import RequestContext, request_id
from contracts.errors import ServiceError
from contracts.notes.rpc import CreateNote
from devstack.ports import LOOPBACK, free_ports
from devstack.probe import http_ok
from devstack.process import Program, spawn
from devstack.repository import ROOT
from devstack.services import Replica, settings

from .nats_cluster import NODES, WITHIN, Cluster

pytestmark = [
    pytest.mark.integration,
    # nats-py (2.16) leaves the socket open when a node that it was told of refuses it without a password.
    pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning"),
]

WORKERS = 8
# The longest that nobody is told of a published event, or answered.
STALL = 10
BEFORE, AFTER = 200, 300
DEADLINE = 4
OUTBOX = """
SELECT id, extract(epoch FROM published_at)::float AS at,
    extract(epoch FROM published_at - created_at)::float AS waited
FROM outbox
"""
PUBLISHED_SINCE = "SELECT count(*) >= $2 FROM outbox WHERE published_at > to_timestamp($1)"


@pytest.fixture
async def cluster(compose, secrets, tmp_path):
    """All three, with the streams on each, as compose's one-shot makes them."""
    cluster = Cluster(compose, secrets, tmp_path)
    try:
        await cluster.start(*NODES)
        await cluster.operate("chassis.provision")
        yield cluster
    finally:
        await cluster.stop()


@asynccontextmanager
async def notes(cluster, endpoints, folder, number):
    """A process of the service, with its relay."""
    (ops_port,) = free_ports(1)
    environment = settings(
        Replica(service="notes", number=number, ops_port=ops_port),
        nats=cluster.url("notes"),
        database=endpoints.postgres["notes"],
        redis="",
        smtp_port=0,
        public_url="",
        secrets=endpoints.secrets,
        text_logs=False,
    )
    argv = (sys.executable, "-P", "-m", "notes")
    program = Program(name="notes", argv=argv, log=folder / f"notes-{number}", env=environment, folder=ROOT)
    process = await spawn(program)
    try:
        async with asyncio.timeout(WITHIN):
            while not await http_ok(LOOPBACK, ops_port, "/readyz"):
                assert process.returncode is None, program.problem("ended")
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


class Writers:
    """They have notes written, and remember when each answer came."""

    def __init__(self, rpc):
        self.answered = {}
        self.refused = Counter()
        self.ended = False
        self._rpc = rpc

    async def write(self):
        while not self.ended:
            slug = secrets.token_urlsafe(16)
            request = CreateNote(content="x", slug=slug, manage_token=secrets.token_urlsafe(32))
            try:
                await self._rpc.call(request, RequestContext.lasting(DEADLINE, request_id=request_id()))
                self.answered[slug] = time.time()
            except ServiceError as refused:
                self.refused[refused.code] += 1
            await asyncio.sleep(0.05)

    async def go_on(self, count):
        enough = len(self.answered) + count
        async with asyncio.timeout(WITHIN):
            while len(self.answered) < enough:
                await asyncio.sleep(0.02)


async def until(look):
    async with asyncio.timeout(WITHIN):
        while not await look():
            await asyncio.sleep(0.05)


async def test_the_leader_is_killed_and_nothing_is_lost(cluster, launch_devstack, tmp_path, capsys):
    devstack = launch_devstack("--only-servers")
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    async with AsyncExitStack() as opened:
        for number in (1, 2):
            await opened.enter_async_context(notes(cluster, endpoints, tmp_path, number))
        gateway = Runtime(
            "gateway", ServiceSettings(nats_url=cluster.url("gateway")), logs.configure("gateway")
        )
        client = await opened.enter_async_context(broker.connected(gateway))
        admin = await nats.connect(cluster.url("admin").split(","), reconnect_time_wait=0.1)
        opened.push_async_callback(admin.close)
        stream = admin.jetstream()
        sql = await asyncpg.connect(endpoints.postgres["notes"])
        opened.push_async_callback(sql.close)

        writers = Writers(RpcClient(gateway, client))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WORKERS):
                tasks.create_task(writers.write())
            await writers.go_on(BEFORE)
            # The gateway's own, so that answers are lost as well.
            node = await cluster.lead(admin, "EVENTS", client.connected_url.port)
            killed = time.time()
            await cluster.kill(node)
            await writers.go_on(AFTER)
            await until(lambda: sql.fetchval(PUBLISHED_SINCE, killed, AFTER))
            writers.ended = True
        await until(lambda: sql.fetchval("SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"))
        rows = await sql.fetch(OUTBOX)
        written = {row["slug"] for row in await sql.fetch("SELECT slug FROM notes")}

        async def caught_up():
            try:
                info = await stream.stream_info("EVENTS")
            except nats.errors.Error:
                # Nobody leads it yet.
                return False
            return len(info.cluster.replicas) == len(NODES) - 1 and all(
                replica.current and not replica.lag and not replica.offline
                for replica in info.cluster.replicas
            )

        assert not await caught_up()
        await cluster.start(node)
        await until(caught_up)

        events = await stream.pull_subscribe(
            "events.>", stream="EVENTS", config=ConsumerConfig(ack_policy=AckPolicy.NONE)
        )
        there = []
        while len(there) < (await stream.stream_info("EVENTS")).state.messages:
            there += [message.headers["Nats-Msg-Id"] for message in await events.fetch(500, timeout=5)]

    published = longest_gap(row["at"] for row in rows)
    answered = longest_gap(writers.answered.values())
    with capsys.disabled():
        print(  # noqa: T201
            f"{len(writers.answered)} answered, {dict(writers.refused)}, {len(rows)} events; "
            f"longest without a published event {published:.1f} s, without an answer {answered:.1f} s; "
            f"an event waited for {max(row['waited'] for row in rows):.1f} s at most",
            end=" ",
        )
    assert set(writers.answered) <= written
    assert sorted(there) == sorted(str(row["id"]) for row in rows)
    assert len(rows) == len(written)
    assert published <= STALL
    assert answered <= STALL


def longest_gap(times):
    return max(after - before for before, after in pairwise(sorted(times)))
