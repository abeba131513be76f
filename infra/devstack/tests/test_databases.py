import asyncio
import itertools
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

pytestmark = pytest.mark.integration

SCHEMAS = ("auth", "notes", "mailer")


async def execute(dsn, *statements):
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch_value(dsn, query):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.fixture
async def marked(servers):
    """Every schema has a table."""
    for schema in SCHEMAS:
        await execute(servers.postgres[schema], "CREATE TABLE IF NOT EXISTS mark (word text)")
    return servers


@pytest.mark.parametrize(("role", "other"), list(itertools.permutations(SCHEMAS, 2)))
async def test_a_role_cannot_touch_the_schema_of_another(marked, role, other):
    for statement in (
        f"SELECT * FROM {other}.mark",
        f"INSERT INTO {other}.mark VALUES ('x')",
        f"DROP TABLE {other}.mark",
        f"CREATE TABLE {other}.mine (word text)",
        f"GRANT ALL ON SCHEMA {other} TO {role}",
        f"DROP SCHEMA {other} CASCADE",
        f"SET ROLE {other}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(marked.postgres[role], statement)


@pytest.mark.parametrize("role", SCHEMAS)
async def test_a_role_has_its_own_schema_and_nothing_else(servers, role):
    dsn = servers.postgres[role]

    assert await fetch_value(dsn, "SHOW search_path") == role
    assert await fetch_value(dsn, "SELECT current_schema()") == role
    await execute(dsn, "CREATE TABLE own (word text)", "DROP TABLE own")
    for statement in (
        "CREATE TABLE public.mine (word text)",
        "CREATE TEMPORARY TABLE mine (word text)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(dsn, statement)


@pytest.mark.parametrize("role", SCHEMAS)
async def test_a_role_connects_to_its_own_database_only(servers, role):
    for database in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(servers.postgres[role].replace("/onasty?", f"/{database}?"), "SELECT 1")


async def test_nobody_gets_in_without_the_password(servers):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(servers.postgres["notes"], password="guess")


async def test_the_log_of_a_row_that_is_refused_does_not_hold_it(servers):
    dsn, address = servers.postgres["auth"], f"{uuid4().hex}@example.com"
    await execute(dsn, "CREATE TABLE IF NOT EXISTS taken (address text UNIQUE)")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("INSERT INTO taken VALUES ($1)", address)
        with pytest.raises(asyncpg.UniqueViolationError, match="taken_address_key"):
            await connection.execute("INSERT INTO taken VALUES ($1)", address)
    finally:
        await connection.execute("DROP TABLE taken")
        await connection.close()
    log = (Path(servers.mailbox).parent / "logs" / "postgres.log").read_text()
    assert "taken_address_key" in log
    assert address not in log


async def test_writes_are_flushed_to_disk(servers):
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await fetch_value(servers.postgres["notes"], f"SHOW {setting}") == "on"


async def test_migrations_run_any_number_of_times_and_at_once(servers):
    """On an empty schema: all begin together, one does it, and none fails."""
    dsn = servers.postgres["notes"]
    admin = servers.postgres["admin"]
    applied = await fetch_value(dsn, "SELECT count(*) FROM notes.schema_migrations")
    assert applied > 0
    await execute(admin, "DROP SCHEMA notes CASCADE", "CREATE SCHEMA notes AUTHORIZATION notes")
    urls = {f"{schema.upper()}_DATABASE_URL": servers.postgres[schema] for schema in SCHEMAS}

    runs = await asyncio.gather(
        *(
            asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "devstack.migrate"],
                env={**os.environ, **urls},
                capture_output=True,
                text=True,
                check=False,
            )
            for _ in range(4)
        )
    )

    assert [run.returncode for run in runs] == [0] * 4, runs
    assert await fetch_value(dsn, "SELECT count(*) FROM notes.schema_migrations") == applied
