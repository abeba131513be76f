"""A batcher whose connection and database are made of events."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from chassis.batching import Batcher
from chassis.metrics import BatchMetrics
from contracts.context import RequestContext


class Database:
    """Keeps what it is sent. An ask is its key and any further words: `note`, `note again`."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.running = 0
        self.most_running = 0
        self.acquired = 0
        self.connect = open_event()
        self.finish = open_event()
        self.commit = open_event()
        self.connect_errors: list[Exception] = []
        self.errors: list[Exception] = []
        self.bad_rows: set[str] = set()
        self.changed = asyncio.Event()

    @asynccontextmanager
    async def connection(self):
        await self.connect.wait()
        if self.connect_errors:
            raise self.connect_errors.pop()
        self.acquired += 1
        self.changed.set()
        yield self
        await self.commit.wait()

    async def run(self, connection, asks):
        assert connection is self
        self.sent.append(list(asks))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.changed.set()
        try:
            await self.finish.wait()
        finally:
            self.running -= 1
        if self.errors:
            raise self.errors.pop()
        if self.bad_rows.intersection(asks):
            raise asyncpg.CheckViolationError("a bad row")
        return [f"answer to {ask}" for ask in asks]

    async def until_sent(self, number: int) -> None:
        async with asyncio.timeout(5):
            while len(self.sent) < number:
                self.changed.clear()
                await self.changed.wait()


def open_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@pytest.fixture
async def database():
    return Database()


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def make(database, registry):
    def make_batcher(**options):
        return Batcher(
            database.connection,
            database.run,
            lambda ask: ask.split()[0],
            name="test",
            metrics=BatchMetrics(registry),
            **options,
        )

    return make_batcher


@pytest.fixture
def asking():
    def asking(batcher, *asks: str, seconds: float = 60) -> list[asyncio.Task]:
        context = RequestContext.lasting(seconds, request_id="test")
        return [asyncio.create_task(batcher.ask(ask, context)) for ask in asks]

    return asking


@pytest.fixture
def all_of():
    async def all_of(tasks):
        async with asyncio.timeout(5):
            return await asyncio.gather(*tasks, return_exceptions=True)

    return all_of


@pytest.fixture
def settle():
    async def settle() -> None:
        """Let everything run that can run now."""
        for _ in range(20):
            await asyncio.sleep(0)

    return settle
