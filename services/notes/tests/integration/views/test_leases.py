"""How long a claim may come back, and when the content leaves."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.crypto.secrets import secret_hash
from notes.storage.reveal_repository import _ACKNOWLEDGE

pytestmark = pytest.mark.integration


async def test_a_claim_whose_lease_is_over_gets_no_other_view(
    replica, create_many, reveal_at, asking, lease_ends
):
    (slug,) = await create_many(max_views=2)
    claim = asking.claim()
    assert await reveal_at(replica, slug, claim=claim) == slug
    await lease_ends(slug)
    assert await reveal_at(replica, slug, claim=claim) is Code.NOTE_ALREADY_READ
    assert await reveal_at(replica, slug, claim=asking.claim()) == slug


async def test_a_last_view_without_a_claim_leaves_what_another_leases(
    replica, create_many, reveal_at, asking, stored
):
    (slug,) = await create_many(max_views=2)
    claim = asking.claim()
    await reveal_at(replica, slug, claim=claim)
    assert await reveal_at(replica, slug) == slug
    assert await reveal_at(replica, slug) is Code.NOTE_ALREADY_READ
    assert await reveal_at(replica, slug, claim=claim) == slug
    acknowledgement = rpc.AcknowledgeReveal(slug=slug, claim=claim)
    assert await stored(slug)
    await replica.use.acknowledge_reveal(acknowledgement, asking.context())
    assert not await stored(slug)


async def test_content_leaves_with_the_lease_that_ends_last_also_when_a_later_one_was_acknowledged(
    replica, create_many, reveal_at, asking, sql
):
    (slug,) = await create_many(max_views=2)
    early, late = asking.claim(), asking.claim()
    await reveal_at(replica, slug, claim=early)
    await sql.execute("UPDATE notes SET leases[1] = leases[1] - interval '50 s' WHERE slug = $1", slug)
    await reveal_at(replica, slug, claim=late)
    await replica.use.acknowledge_reveal(rpc.AcknowledgeReveal(slug=slug, claim=late), asking.context())
    assert await reveal_at(replica, slug, claim=early) == slug
    due, lease = await sql.fetchrow("SELECT erase_at, leases[1] FROM notes WHERE slug = $1", slug)
    assert due == lease


async def test_a_lease_ends_with_the_note(replica, create_many, asking):
    ends = datetime.now(UTC) + timedelta(seconds=30)
    (slug,) = await create_many(expires_at=ends)
    request = rpc.RevealNote(slug=slug, claim=asking.claim())
    assert (await replica.use.reveal_note(request, asking.context())).lease_ends_at == ends


async def test_when_all_leases_are_acknowledged_at_once_the_content_is_gone(
    replicas, create_many, reveal_at, asking, stored
):
    for slug in await create_many(10, max_views=8):
        claims = [asking.claim() for _ in range(8)]
        await asyncio.gather(*(reveal_at(replicas[0], slug, claim=claim) for claim in claims))
        acknowledgements = [rpc.AcknowledgeReveal(slug=slug, claim=claim) for claim in claims]
        await asyncio.gather(
            *(
                replicas[n % 2].use.acknowledge_reveal(each, asking.context())
                for n, each in enumerate(acknowledgements)
            )
        )
        assert not await stored(slug)


async def test_an_acknowledgement_that_began_first_and_came_last_to_the_row_erases_as_well(
    replica, create_many, reveal_at, asking, sql, stored
):
    (slug,) = await create_many(max_views=2)
    first, second = asking.claim(), asking.claim()
    for claim in (first, second):
        await reveal_at(replica, slug, claim=claim)
    async with sql.transaction():
        await sql.execute("SELECT now()")  # of the whole transaction
        await replica.use.acknowledge_reveal(rpc.AcknowledgeReveal(slug=slug, claim=second), asking.context())
        assert await sql.fetchval(_ACKNOWLEDGE, slug, secret_hash(first))
    assert not await stored(slug)
