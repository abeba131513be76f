"""PostgreSQL: bounded in time by the server, honest when it is away."""

import asyncio

import asyncpg
import pytest

from chassis import postgres, postgres_watch
from chassis.settings import DatabaseSettings, SettingsError
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

pytestmark = pytest.mark.integration


@pytest.fixture
async def open_database(servers, make_runtime):
    opened = []

    async def open_as(service: str = "notes", **settings):
        runtime = make_runtime(service, DatabaseSettings, database_url=servers.postgres[service], **settings)
        runtime.health.start_accepting()
        entered = postgres.connected(runtime)
        opened.append(entered)
        return runtime, await entered.__aenter__()

    yield open_as
    for entered in opened:
        await entered.__aexit__(None, None, None)


async def code_of(work) -> ErrorCode:
    with pytest.raises(ServiceError) as caught:
        await work
    return caught.value.code


async def run(database, sql: str, context=None):
    async with database.connection(context) as connection:
        return await connection.fetchval(sql)


async def test_a_transaction_commits_at_its_end_and_rolls_back_when_it_raises(open_database):
    _, database = await open_database()
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE kept (n int)")
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO kept VALUES (1)")
            raise ZeroDivisionError
    assert await run(database, "SELECT count(*) FROM kept") == 0
    await run(database, "DROP TABLE kept")


async def test_the_server_ends_a_statement_that_takes_too_long(open_database):
    _, database = await open_database(database_statement_timeout=0.2)
    assert await code_of(run(database, "SELECT pg_sleep(30)")) is ErrorCode.UNAVAILABLE
    assert await run(database, "SELECT 1") == 1


async def test_a_lock_is_not_waited_for_for_ever(open_database):
    _, database = await open_database(database_lock_timeout=0.2)
    async with database.transaction() as holder:
        await holder.execute("SELECT pg_advisory_xact_lock(42)")
        assert await code_of(run(database, "SELECT pg_advisory_xact_lock(42)")) is ErrorCode.UNAVAILABLE


async def test_a_passed_deadline_is_seen_when_the_connection_is_at_hand(open_database):
    _, database = await open_database(database_pool_size=1)
    late = RequestContext.lasting(0.1, request_id="x")
    async with database.connection():
        waiting = asyncio.create_task(run(database, "SELECT 1/0", late))
        while late.remaining() > 0:
            await asyncio.sleep(late.remaining())
    assert await code_of(waiting) is ErrorCode.DEADLINE_EXCEEDED


async def test_a_full_pool_is_unavailable_and_not_a_hang(open_database, monkeypatch):
    monkeypatch.setattr(postgres, "ACQUIRE_TIMEOUT", 0.2)
    _, database = await open_database(database_pool_size=1)
    async with database.connection():
        assert await code_of(run(database, "SELECT 1")) is ErrorCode.UNAVAILABLE


async def test_a_broken_connection_is_unavailable_and_the_next_one_works(open_database, servers):
    _, database = await open_database(database_pool_size=1, database_statement_timeout=30)
    admin = await asyncpg.connect(servers.postgres["admin"])
    try:
        async with database.connection() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
        sleeping = asyncio.create_task(run(database, "SELECT pg_sleep(20)"))
        await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        assert await code_of(sleeping) is ErrorCode.TIMEOUT
        assert await run(database, "SELECT 1") == 1
    finally:
        await admin.close()


async def test_a_mistake_of_ours_is_no_unavailability(open_database):
    _, database = await open_database()
    with pytest.raises(asyncpg.UndefinedTableError):
        await run(database, "SELECT * FROM nowhere")


async def test_a_start_waits_for_postgresql(make_runtime, capsys):
    runtime = make_runtime("notes", DatabaseSettings, database_url="postgresql://notes:x@127.0.0.1:1/onasty")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5), postgres.connected(runtime):
            pass
    assert "waiting for PostgreSQL" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "postgres//notes:hunter2@localhost",
        "postgresql://notes:x@localhost:hunter2/onasty",
        "postgresql://notes:hunter2@127.0.0.1:99999/onasty",
        "postgresql://notes:x@localhost/onasty?sslmode=hunter2",
    ],
)
async def test_a_mistyped_url_is_not_waited_for(make_runtime, url):
    runtime = make_runtime("notes", DatabaseSettings, database_url=url)
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        async with asyncio.timeout(5), postgres.connected(runtime):
            pass
    assert "hunter2" not in str(caught.value)


async def test_readiness_follows_postgresql_and_not_the_pool(open_database, servers, monkeypatch):
    monkeypatch.setattr(postgres_watch, "CHECK_INTERVAL", 0.01)
    runtime, database = await open_database("mailer", database_pool_size=1)
    admin = await asyncpg.connect(servers.postgres["admin"])

    async def until(ready: bool) -> None:
        async with asyncio.timeout(10):
            while runtime.health.report()[0] is not ready:
                await asyncio.sleep(0.01)

    try:
        checks = set()
        async with database.connection(), asyncio.timeout(10):
            while len(checks - {None}) < 5:
                assert runtime.health.report()[0]
                checks.add(
                    await admin.fetchval(
                        "SELECT query_start FROM pg_stat_activity"
                        " WHERE application_name = 'mailer watch' AND query = 'SELECT 1'"
                    )
                )
        await admin.execute("ALTER ROLE mailer NOLOGIN")
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'mailer'"
        )
        await until(False)
    finally:
        await admin.execute("ALTER ROLE mailer LOGIN")
        await admin.close()
    await until(True)


async def test_a_cancelled_commit_is_waited_for(open_database, servers):
    _, database = await open_database(database_pool_size=1)
    async with database.connection() as connection:
        # A commit that takes its time, so that the cancellation meets it.
        await connection.execute(
            """
            CREATE TABLE committed (n int);
            CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER lingering AFTER INSERT ON committed
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger();
            """
        )
    backend = await run(database, "SELECT pg_backend_pid()")
    inserted = asyncio.Event()

    async def insert() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO committed VALUES (1)")
            inserted.set()

    task = asyncio.create_task(insert())
    await inserted.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert await run(database, "SELECT count(*) FROM committed") == 1
    assert await run(database, "SELECT pg_backend_pid()") == backend
    await run(database, "DROP TABLE committed")
    await run(database, "DROP FUNCTION linger()")


async def test_a_cancelled_beginning_is_rolled_back(open_database, monkeypatch):
    _, database = await open_database(database_pool_size=1)
    complaints = []
    monkeypatch.setattr(
        asyncio.get_running_loop(),
        "call_exception_handler",
        lambda context: complaints.append(context["message"]),
    )
    begins = asyncio.Event()
    start = asyncpg.transaction.Transaction.start

    async def told(transaction):
        begins.set()
        await start(transaction)

    monkeypatch.setattr(asyncpg.transaction.Transaction, "start", told)

    async def work() -> None:
        async with database.transaction():
            raise AssertionError

    task = asyncio.create_task(work())
    await begins.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert complaints == []
    async with database.connection() as connection:
        assert not connection.is_in_transaction()


@pytest.mark.parametrize("service", ["auth", "notes", "mailer"])
async def test_a_role_reaches_no_other_schema(open_database, servers, service):
    _, database = await open_database(service)
    for other in {"auth", "notes", "mailer"} - {service}:
        for sql in (
            f"CREATE TABLE {other}.mine (n int)",
            f"SELECT * FROM {other}.schema_migrations",
            f"SET ROLE {other}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(database, sql)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(database, "CREATE TABLE public.mine (n int)")
    assert await run(database, "SELECT current_schema()") == service
