"""PostgreSQL through asyncpg: a pool whose time is bounded by the server, and transactions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from prometheus_client import CollectorRegistry, Gauge, Histogram

from chassis import tracing
from chassis.metrics import BUCKETS
from chassis.postgres_watch import PostgresWatch
from chassis.runtime import Runtime
from chassis.settings import DatabaseSettings, SettingsError
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

ACQUIRE_TIMEOUT = 1.0
_AWAY = "The database is not available; nothing was done."
_UNKNOWN = "The database did not answer; whether it was done is not known."
CLOSE_TIMEOUT = 5.0
RETRY_WAIT = 0.25
# Above the server's own limit, so that it is the server that ends a statement while it can be reached.
COMMAND_MARGIN = 1.0
# Ends a transaction whose process hangs, never one that works.
IDLE_IN_TRANSACTION_TIMEOUT = 10.0

# Quoted: asyncpg is generic to the type checker alone.
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_ATTRIBUTES = {"db.system.name": "postgresql"}

# No connection: nothing was done.
_NO_CONNECTION = (
    OSError,  # and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
)
# PostgreSQL gave the statement up and rolled it back: nothing was done either.
_ROLLED_BACK = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
# The connection broke under a statement: whether it was done is not known.
_BROKEN = (
    OSError,  # and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)


class _StatelessConnection(asyncpg.Connection):
    """The pool's reset query costs a round trip per use; our code leaves no session state behind.

    No SET, LISTEN, advisory lock or temporary table outlives a transaction here.
    """

    def get_reset_query(self) -> str:
        return ""


class RolledBackError(ServiceError):
    """`unavailable`, because PostgreSQL gave this very statement up and took it back whole."""


class Database:
    """A service's own schema, through its own role."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], metrics: CollectorRegistry) -> None:
        self._pool = pool
        Gauge("postgres_connections", "Connections of the pool", registry=metrics).set_function(pool.get_size)
        Gauge(
            "postgres_connections_in_use", "Of them those that are lent out", registry=metrics
        ).set_function(lambda: pool.get_size() - pool.get_idle_size())
        self._waited = Histogram(
            "postgres_wait_seconds",
            "Time until a connection of the pool was at hand, or was given up",
            buckets=BUCKETS,
            registry=metrics,
        )

    def connection(self, context: RequestContext | None = None) -> AbstractAsyncContextManager[Connection]:
        """A connection for single statements.

        With a context its deadline is looked at once more when the connection is at hand, so that
        nothing is done for a caller who gave up while it waited. Raises `deadline_exceeded`; `unavailable`
        when PostgreSQL is away or gives up, and nothing was done; `timeout` when the connection breaks or
        is too slow under way, and what was done is not known.
        """
        return self._lent("statements", context)

    @asynccontextmanager
    async def _lent(self, what: str, context: RequestContext | None) -> AsyncIterator[Connection]:
        with tracing.within("client", what, _ATTRIBUTES):
            connection = await self._acquired(context)
            try:
                if context is not None:
                    context.check_deadline()
                yield connection
            except _ROLLED_BACK as error:
                raise RolledBackError(ErrorCode.UNAVAILABLE, _AWAY) from error
            except _BROKEN as error:
                raise ServiceError(ErrorCode.TIMEOUT, _UNKNOWN) from error
            except asyncpg.InternalClientError as error:
                # PostgreSQL said goodbye to an idle connection, and asyncpg lost its place.
                connection.terminate()
                raise ServiceError(ErrorCode.TIMEOUT, _UNKNOWN) from error
            except asyncpg.InterfaceError as error:
                # Used after it broke; while it is whole, an interface error is our own mistake.
                if connection.is_closed():
                    raise ServiceError(ErrorCode.TIMEOUT, _UNKNOWN) from error
                raise
            finally:
                await self._pool.release(connection)

    async def _acquired(self, context: RequestContext | None) -> Connection:
        started = time.perf_counter()
        wait = ACQUIRE_TIMEOUT if context is None else max(0.001, min(ACQUIRE_TIMEOUT, context.remaining()))
        try:
            return await self._pool.acquire(timeout=wait)
        except _NO_CONNECTION as error:
            if context is not None:
                context.check_deadline()
            raise ServiceError(ErrorCode.UNAVAILABLE, _AWAY) from error
        finally:
            self._waited.observe(time.perf_counter() - started)

    @asynccontextmanager
    async def transaction(self, context: RequestContext | None = None) -> AsyncIterator[Connection]:
        """The unit of work: committed when the block ends, rolled back when it raises.

        A cancellation that meets the beginning or the commit waits for it: it may be done already.
        """
        async with self._lent("transaction", context) as connection:
            transaction = connection.transaction()
            try:
                await _whole(transaction.start())
                yield connection
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    await transaction.rollback()
                raise
            await _whole(transaction.commit())


async def _whole(statement: Coroutine[Any, Any, None]) -> None:
    """To its end, however often this is cancelled: the connection takes nothing else meanwhile."""
    running = asyncio.ensure_future(statement)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


@asynccontextmanager
async def connected(runtime: Runtime[DatabaseSettings]) -> AsyncIterator[Database]:
    """A pool for the service's role. Waits for PostgreSQL until the runtime's start timeout.

    Raises `SettingsError` for a URL that cannot be read.
    """
    pool = await _open(runtime)
    database = Database(pool, runtime.metrics)
    watch = PostgresWatch(runtime)
    runtime.health.require("postgres", lambda: None if watch.reachable else "PostgreSQL is not reachable")
    try:
        async with runtime.background("postgres-watch", watch.run):
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
        except (ValueError, OverflowError):
            # ClientConfigurationError among them. No wait mends it, and its text may quote the URL.
            name = f"{settings.model_config.get('env_prefix', '')}DATABASE_URL"
            raise SettingsError(f"{name}: not postgresql://role:password@host:port/database") from None
        except _NO_CONNECTION as error:
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
