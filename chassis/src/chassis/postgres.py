"""PostgreSQL through asyncpg: a pool whose time is bounded by the server, and transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from prometheus_client import Gauge

from chassis.runtime import Runtime
from chassis.settings import DatabaseSettings
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

ACQUIRE_TIMEOUT = 2.0
CLOSE_TIMEOUT = 5.0
CHECK_INTERVAL = 1.0
RETRY_WAIT = 0.25
# Above the server's own limit, so that it is the server that ends a statement while it can be reached.
COMMAND_MARGIN = 1.0
# Ends a transaction whose process hangs, never one that works.
IDLE_IN_TRANSACTION_TIMEOUT = 10.0

# Quoted: asyncpg is generic to the type checker alone.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# PostgreSQL is away, going away, full, or too slow: the surroundings, not the statement.
_AWAY = (
    OSError,  # and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
)


class _StatelessConnection(asyncpg.Connection):
    """The pool's reset query costs a round trip per use; our code leaves no session state behind.

    No SET, LISTEN, advisory lock or temporary table outlives a transaction here.
    """

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A service's own schema, through its own role."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self.reachable = True

    @asynccontextmanager
    async def connection(self, context: RequestContext | None = None) -> AsyncIterator[Connection]:
        """A connection for single statements.

        With a context its deadline is looked at once more when the connection is at hand, so that
        nothing is done for a caller who gave up while it waited. Raises `deadline_exceeded`, or
        `unavailable` when PostgreSQL is away, too slow, or leaves under way; what a write then came to is
        unknown.
        """
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as connection:
                if context is not None:
                    context.check_deadline()
                try:
                    yield connection
                except asyncpg.InternalClientError as error:
                    # PostgreSQL said goodbye to an idle connection, and asyncpg lost its place.
                    connection.terminate()
                    raise ConnectionResetError from error
                except asyncpg.InterfaceError as error:
                    # Used after it broke; while it is whole, an interface error is our own mistake.
                    if connection.is_closed():
                        raise ConnectionResetError from error
                    raise
        except _AWAY as error:
            raise ServiceError(
                ErrorCode.UNAVAILABLE, "The database is not available; try again shortly."
            ) from error

    @asynccontextmanager
    async def transaction(self, context: RequestContext | None = None) -> AsyncIterator[Connection]:
        """The unit of work: committed when the block ends, rolled back when it raises."""
        async with self.connection(context) as connection, connection.transaction():
            yield connection

    async def watch(self) -> None:
        """Keep `reachable` true to the fact, for readiness, for as long as it runs."""
        while True:
            try:
                async with asyncio.timeout(ACQUIRE_TIMEOUT), self.connection() as connection:
                    await connection.execute("SELECT 1")
                self.reachable = True
            except (ServiceError, TimeoutError):
                self.reachable = False
            await asyncio.sleep(CHECK_INTERVAL)


@asynccontextmanager
async def connected(runtime: Runtime[DatabaseSettings]) -> AsyncIterator[Database]:
    """A pool for the service's role. Waits for PostgreSQL until the runtime's start timeout."""
    pool = await _open(runtime)
    database = Database(pool)
    Gauge("postgres_connections", "Connections of the pool", registry=runtime.metrics).set_function(
        pool.get_size
    )
    runtime.health.require("postgres", lambda: None if database.reachable else "PostgreSQL is not reachable")
    try:
        async with runtime.background("postgres-watch", database.watch):
            yield database
    finally:
        await _close(pool, runtime)


async def _open(runtime: Runtime[DatabaseSettings]) -> asyncpg.Pool[asyncpg.Record]:
    settings = runtime.settings
    statement = settings.database_statement_timeout
    told = False
    while True:
        try:
            # A new one each time: a pool that failed once counts as open.
            return await asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=1,
                max_size=settings.database_pool_size,
                connection_class=_StatelessConnection,
                command_timeout=statement + COMMAND_MARGIN,
                server_settings={
                    "application_name": runtime.name,
                    "statement_timeout": _milliseconds(statement),
                    "lock_timeout": _milliseconds(settings.database_lock_timeout),
                    "idle_in_transaction_session_timeout": _milliseconds(IDLE_IN_TRANSACTION_TIMEOUT),
                },
            )
        except _AWAY as error:
            if not told:
                runtime.log.warning("waiting for PostgreSQL", kind=type(error).__name__)
                told = True
            await asyncio.sleep(RETRY_WAIT)


async def _close(pool: asyncpg.Pool[asyncpg.Record], runtime: Runtime[DatabaseSettings]) -> None:
    try:
        # `close` waits for every connection (https://github.com/MagicStack/asyncpg/issues/1356).
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await pool.close()
    except TimeoutError:
        runtime.log.warning("connections to PostgreSQL were cut")
        pool.terminate()


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
