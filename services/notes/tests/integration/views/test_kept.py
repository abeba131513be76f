"""Notes that are kept until their expiry: any number of readers, and none waits for another."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc

pytestmark = pytest.mark.integration

LINK = {"link_proof": "l" * 43}


@pytest.fixture
def keep(create_many):
    async def keep(**wishes):
        ends = datetime.now(UTC) + timedelta(hours=1)
        (slug,) = await create_many(keep_before_expiration=True, expires_at=ends, **wishes)
        return slug

    return keep


@pytest.mark.parametrize("shown", [{}, LINK])
async def test_once_read_it_is_given_whatever_locks_there_are(replicas, keep, reveal_at, asking, sql, shown):
    slug = await keep(**shown)
    assert await reveal_at(replicas[0], slug, **shown) == slug
    async with sql.transaction():
        await sql.execute("SELECT FROM notes WHERE slug = $1 FOR UPDATE", slug)
        claims = [None, asking.claim()]
        told = await asyncio.gather(
            *(reveal_at(replicas[n % 2], slug, claim=claims[n // 8], **shown) for n in range(16))
        )
    assert told == [slug] * 16


async def test_those_who_come_at_once_are_not_sent_one_by_one(replica, keep, reveal_at):
    slug = await keep()
    await reveal_at(replica, slug)
    before = statements(replica)
    assert await asyncio.gather(*(reveal_at(replica, slug) for _ in range(64))) == [slug] * 64
    assert statements(replica) - before < 10


def statements(replica):
    return sum(
        replica.runtime.metrics.get_sample_value("batch_size_count", {"batcher": name})
        for name in ("take_view", "read_kept")
    )


async def test_its_first_readers_at_once_all_get_it(replicas, keep, reveal_at, sql):
    for _ in range(10):
        slug = await keep()
        told = await asyncio.gather(*(reveal_at(replicas[n % 2], slug) for n in range(16)))
        assert told == [slug] * 16
        assert await sql.fetchval("SELECT read_at IS NOT NULL FROM notes WHERE slug = $1", slug)


@pytest.mark.parametrize("shown", [{}, LINK])
async def test_deleted_or_expired_it_is_given_no_more(replica, keep, reveal_at, asking, sql, shown):
    token = asking.secret()
    deleted, over = await keep(manage_token=token, **shown), await keep(**shown)
    for slug in (deleted, over):
        assert await reveal_at(replica, slug, **shown) == slug
    await replica.use.delete_note(rpc.DeleteNote(slug=deleted, manage_token=token), asking.context())
    await sql.execute("UPDATE notes SET expires_at = now(), erase_at = now() WHERE slug = $1", over)
    assert await reveal_at(replica, deleted, **shown) is Code.NOTE_NOT_FOUND
    assert await reveal_at(replica, over, **shown) is Code.NOTE_EXPIRED


async def test_once_read_it_is_given_to_nobody_who_does_not_show_what_it_asks_for(replica, keep, reveal_at):
    slug = await keep(password="word")
    assert await reveal_at(replica, slug, password="word") == slug
    assert await reveal_at(replica, slug) is Code.NOTE_PASSWORD_WRONG
    assert await reveal_at(replica, slug, password="wrong") is Code.NOTE_PASSWORD_WRONG
    assert await reveal_at(replica, slug, password="word") == slug
