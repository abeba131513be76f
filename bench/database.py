"""Filling the table of notes, as the role of the service."""

from __future__ import annotations

import asyncio

import asyncpg

from bench import statements


def fill(url: str, rows: int) -> None:
    """Add `rows` notes that nobody asks for."""
    asyncio.run(_execute_and_analyze(url, statements.FILL, rows))


def settle(url: str, admin: str) -> None:
    """Let PostgreSQL finish with what was filled in, before anything is measured."""
    asyncio.run(_execute(url, statements.VACUUM))
    asyncio.run(_execute(admin, statements.CHECKPOINT))


def fill_for_reveal(url: str, prefix: str, clients: int, each: int) -> None:
    """Add the notes that pgbench's clients will read, each its own."""
    asyncio.run(_execute_and_analyze(url, statements.FILL_FOR_REVEAL, prefix, clients, each))


def count_unread(url: str, prefix: str) -> int:
    """How many notes with such a slug are still there to be read."""
    return asyncio.run(_count_unread(url, prefix))


async def _execute_and_analyze(url: str, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
        # On a table that has just grown the planner might scan it all.
        await connection.execute(statements.ANALYZE)
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _count_unread(url: str, prefix: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(statements.COUNT_UNREAD, prefix))
    finally:
        await connection.close()
