"""The notes service's use cases over a real PostgreSQL, put together as the service does, twice."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from chassis import logs, postgres
from chassis.outbox import Outbox
from chassis.passwords import PasswordHashing, password_hashing
from chassis.postgres import Database
from chassis.runtime import Runtime
from contracts.actor import Actor
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from notes.app import use_cases
from notes.domain.note import NewNote, Protection, new_slug
from notes.rpc import UseCases
from notes.settings import NotesSettings
from notes.storage.upkeep_repository import UpkeepRepository
from notes.sweeper import Sweeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """What one process of the service has."""

    use: UseCases
    database: Database
    upkeep: UpkeepRepository
    sweeper: Sweeper
    runtime: Runtime[NotesSettings]

    @classmethod
    def over(cls, database: Database, passwords: PasswordHashing, **settings: Any) -> Replica:
        runtime = Runtime("notes", NotesSettings(**settings), logs.configure("notes", level="error"))
        upkeep = UpkeepRepository(database)
        return cls(
            use=use_cases(runtime, database, Outbox(database), passwords),
            database=database,
            upkeep=upkeep,
            sweeper=Sweeper(
                upkeep,
                interval=runtime.settings.sweep_interval,
                tombstone_lifetime=runtime.settings.tombstone_lifetime,
                log=runtime.log,
                metrics=runtime.metrics,
            ),
            runtime=runtime,
        )

    def retried(self) -> float:
        """Batches that PostgreSQL refused: a deadlock would be one."""
        counts = [
            self.runtime.metrics.get_sample_value("batches_retried_total", {"batcher": name})
            for name in ("add", "take_view", "refuse")
        ]
        assert None not in counts, "the metric has another name by now"
        return sum(count or 0 for count in counts)

    def swept(self, what: str) -> int:
        return int(self.runtime.metrics.get_sample_value("notes_swept_total", {"what": what}) or 0)


class Asking:
    """Who asks, and what came of it."""

    def context(self, actor: Actor | None = None, **more: str) -> RequestContext:
        return RequestContext.lasting(60, request_id="test", actor=actor, **more)

    def somebody(self) -> Actor:
        return Actor(uuid4(), uuid4())

    def secret(self, size: int = 32) -> str:
        """As a client makes a proof or a manage token; of 16 bytes, a claim."""
        return base64.urlsafe_b64encode(os.urandom(size)).rstrip(b"=").decode()

    def claim(self) -> str:
        return self.secret(16)

    async def refused(self, asked: Awaitable[object]) -> ErrorCode | None:
        """The code of the refusal; None when it was done."""
        try:
            await asked
        except ServiceError as error:
            return error.code
        return None

    async def outcome(self, revealed: Awaitable[Any]) -> Any:
        """The content, or the code of the refusal."""
        try:
            return (await revealed).content
        except ServiceError as error:
            return error.code

    async def until_blocked(self, sql: asyncpg.Connection, count: int = 1) -> None:
        """Until so many statements wait for a lock of `sql`'s open transaction; 10 s at most."""
        # Not of pg_stat_activity, which inside a transaction stays as it was first seen.
        waiting = (
            "SELECT count(DISTINCT pid) FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        async with asyncio.timeout(10):
            while await sql.fetchval(waiting) < count:
                pass


@pytest.fixture(scope="session")
def asking():
    return Asking()


@pytest.fixture(scope="session")
def new_note():
    """What the repository is given: each with a content of its own, for an hour."""

    def new_note(**values):
        defaults = {
            "id": uuid4(),
            "slug": new_slug(),
            "content": os.urandom(32),
            "key_id": "k1",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            "author_id": None,
            "keep": False,
            "max_views": 1,
            "encryption": None,
            "protection": Protection(),
            "manage_token_hash": None,
            "notify": False,
        }
        return NewNote(**(defaults | values))

    return new_note


@pytest.fixture(scope="session")
def sealing_keys():
    return "k1:" + base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="session")
def service_settings(servers, sealing_keys):
    """The lock timeout is above PostgreSQL's deadlock_timeout: a deadlock is then told as one."""
    return {
        "nats_url": servers.nats,
        "database_url": servers.postgres["notes"],
        "sealing_keys": sealing_keys,
        "database_lock_timeout": 5,
        "database_statement_timeout": 10,
    }


@pytest.fixture(scope="session")
def open_database(service_settings):
    """Opens pools such as each process of the service has one, on the loop that runs."""

    @asynccontextmanager
    async def opened():
        settings = NotesSettings(**service_settings)
        async with postgres.connected(
            Runtime("notes", settings, logs.configure("notes", level="error"))
        ) as database:
            yield database

    return opened


@pytest.fixture(scope="session")
def make_replica(service_settings):
    """`make_replica(database, passwords, **other_settings)`."""
    return lambda database, passwords, **other: Replica.over(
        database, passwords, **(service_settings | other)
    )


@pytest.fixture(scope="session")
async def passwords():
    async with password_hashing(CollectorRegistry()) as passwords:
        yield passwords


@pytest.fixture(scope="session")
async def replicas(open_database, make_replica, passwords):
    """Two processes' worth of the service, on the same database."""
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(open_database()) for _ in range(2)]
        yield [make_replica(database, passwords) for database in databases]


@pytest.fixture(scope="session")
def replica(replicas):
    return replicas[0]


@pytest.fixture(scope="session")
async def sql(servers):
    """A connection of the service's role, to look at the table and to let time pass in it."""
    connection = await asyncpg.connect(servers.postgres["notes"])
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def explained(sql):
    """The nodes of a statement's plan, and how many pages of tables and indexes it touched.

    `plan_for`: `custom`, as PostgreSQL plans the first five times; `generic`, as it may from the sixth on.
    """

    async def explained(statement, *values, plan_for):
        async with sql.transaction():
            await sql.execute(f"SET LOCAL plan_cache_mode = force_{plan_for}_plan")
            await sql.execute(f"PREPARE explained AS {statement}")
            arguments = ", ".join(f"'{value}'" for value in values)
            text = await sql.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained ({arguments})"
            )
            await sql.execute("DEALLOCATE explained")
        plan = json.loads(text)[0]["Plan"]
        nodes = [plan]
        for node in nodes:
            nodes.extend(node.get("Plans", ()))
        return nodes, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    return explained


@pytest.fixture(autouse=True, scope="module")
async def empty_tables(sql):
    """Sweeps, re-seals and plans look at the whole table."""
    await sql.execute("TRUNCATE notes, idempotency_keys, deleted_authors, outbox")
