"""Notes that many ask for, at two replicas."""

import asyncio
from datetime import timedelta

import pytest

from contracts.notes import rpc
from notes.domain.note import new_slug

LEASE_OVER = timedelta(seconds=61)


@pytest.fixture(autouse=True)
def nothing_retried(replicas):
    """PostgreSQL refused no batch in any of these tests: no deadlock, no lock waited for too long."""
    before = [replica.retried() for replica in replicas]
    yield
    assert [replica.retried() for replica in replicas] == before


@pytest.fixture
def create_many(replica, asking):
    async def create_many(count=1, *, actor=None, **wishes):
        """Notes, each with its slug for a content."""
        slugs = [new_slug() for _ in range(count)]
        requests = [rpc.CreateNote(slug=slug, content=slug, **wishes) for slug in slugs]
        context = asking.context(actor)
        await asyncio.gather(*(replica.use.create_note(request, context) for request in requests))
        return slugs

    return create_many


@pytest.fixture
def reveal_at(asking):
    async def reveal_at(replica, slug, **shown):
        request = rpc.RevealNote(slug=slug, **shown)
        return await asking.outcome(replica.use.reveal_note(request, asking.context()))

    return reveal_at


@pytest.fixture
def lease_ends(sql):
    async def lease_ends(*slugs):
        await sql.execute(
            "UPDATE notes SET leases = ARRAY(SELECT ends - $2::interval FROM unnest(leases) AS ends),"
            " erase_at = erase_at - $2::interval WHERE slug = ANY($1::text[])",
            slugs,
            LEASE_OVER,
        )

    return lease_ends


@pytest.fixture
def stored(sql):
    async def stored(slug):
        return await sql.fetchval("SELECT content IS NOT NULL FROM notes WHERE slug = $1", slug)

    return stored
