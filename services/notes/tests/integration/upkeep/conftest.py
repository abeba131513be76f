"""Notes of which one is made at a time, in an empty table."""

import asyncio
import base64
import os

import pytest

from contracts.notes import rpc


@pytest.fixture(autouse=True)
async def empty_table(sql):
    await sql.execute("TRUNCATE notes, idempotency_keys")


@pytest.fixture
def create(replica, asking):
    async def create(content="text", *, at=None, actor=None, key=None, client="a client", **wishes):
        """The slug, or the code of the refusal."""
        more = {"client": client} if key is None else {"client": client, "idempotency_key": key}
        request = rpc.CreateNote(content=content, **wishes)
        asked = (at or replica).use.create_note(request, asking.context(actor, **more))
        code = await asking.refused(made := asyncio.ensure_future(asked))
        return code or made.result().slug

    return create


@pytest.fixture
def reveal(replica, asking):
    async def reveal(slug, *, at=None, **shown):
        request = rpc.RevealNote(slug=slug, **shown)
        return await asking.outcome((at or replica).use.reveal_note(request, asking.context()))

    return reveal


@pytest.fixture
def fill(sql):
    async def fill(count, *, ends):
        """Notes whose time is over at `ends`, an SQL expression."""
        await sql.execute(
            f"""
            INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
            SELECT 'due-' || gen_random_uuid(), '\\x00', 'k1', {ends}, {ends}
            FROM generate_series(1, $1::integer)
            """,
            count,
        )

    return fill


@pytest.fixture
def contents(sql):
    async def contents():
        return await sql.fetchval("SELECT count(*) FROM notes WHERE content IS NOT NULL")

    return contents


@pytest.fixture(scope="session")
def make_key():
    return lambda kid: f"{kid}:{base64.b64encode(os.urandom(32)).decode()}"
