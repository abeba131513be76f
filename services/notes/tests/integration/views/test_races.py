"""Who gets a view when many ask at the same moment, of two replicas on one database."""

import asyncio
import random

import pytest

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.domain.note import new_slug

pytestmark = pytest.mark.integration

NOTES = 100
RACERS = 16


async def race(replicas, reveal_at, slugs, claims):
    """Each note asked for with all claims at once, half of them of each replica: outcomes by note and claim.

    Ten notes at a time: more asks than that would wait longer for a connection than they may.
    """
    told = {}
    for start in range(0, len(slugs), 10):
        asks = [(slug, number) for slug in slugs[start : start + 10] for number in range(len(claims))]
        random.shuffle(asks)
        outcomes = await asyncio.gather(
            *(reveal_at(replicas[number % 2], slug, claim=claims[number]) for slug, number in asks)
        )
        told |= zip(asks, outcomes, strict=True)
    return [[told[slug, number] for number in range(len(claims))] for slug in slugs]


async def test_without_a_claim_one_of_many_readers_gets_the_note(replicas, create_many, reveal_at, sql):
    slugs = await create_many(NOTES)
    outcomes = await race(replicas, reveal_at, slugs, [None] * RACERS)
    for slug, told in zip(slugs, outcomes, strict=True):
        assert sorted(told) == sorted([slug] + [Code.NOTE_ALREADY_READ] * (RACERS - 1))
    assert await sql.fetchval("SELECT count(*) FROM notes WHERE content IS NOT NULL") == 0


async def test_of_many_claims_one_wins_and_may_come_back_until_its_lease_ends(
    replicas, create_many, reveal_at, asking, lease_ends
):
    slugs = await create_many(NOTES)
    claims = [asking.claim() for _ in range(RACERS)]
    first = await race(replicas, reveal_at, slugs, claims)
    for slug, told in zip(slugs, first, strict=True):
        assert sorted(told) == sorted([slug] + [Code.NOTE_ALREADY_READ] * (RACERS - 1))
    again = await race(replicas, reveal_at, slugs, claims)
    for slug, before, told in zip(slugs, first, again, strict=True):
        assert told == before, slug
    await lease_ends(*slugs)
    over = await race(replicas, reveal_at, slugs, claims)
    assert {told for each in over for told in each} == {Code.NOTE_ALREADY_READ}


async def test_as_many_claims_win_as_there_are_views(replicas, create_many, reveal_at, asking):
    slugs = await create_many(20, max_views=3)
    claims = [asking.claim() for _ in range(RACERS)]
    for slug, told in zip(slugs, await race(replicas, reveal_at, slugs, claims), strict=True):
        assert sorted(told) == sorted([slug] * 3 + [Code.NOTE_ALREADY_READ] * (RACERS - 3))


async def test_a_claim_sent_many_times_at_once_takes_one_view(replicas, create_many, reveal_at, asking, sql):
    slugs = await create_many(20, max_views=2)
    claim = asking.claim()
    for slug, told in zip(slugs, await race(replicas, reveal_at, slugs, [claim] * 8), strict=True):
        assert told == [slug] * 8
    assert await sql.fetchval("SELECT sum(views_taken) FROM notes WHERE slug = ANY($1::text[])", slugs) == 20


async def test_of_creates_of_one_slug_at_both_replicas_one_wins(replicas, asking):
    slugs = [new_slug() for _ in range(50)]
    asks = [(slug, replica) for slug in slugs for replica in replicas * 2]
    random.shuffle(asks)
    outcomes = await asyncio.gather(
        *(
            asking.refused(replica.use.create_note(rpc.CreateNote(slug=slug, content="x"), asking.context()))
            for slug, replica in asks
        )
    )
    assert [code for code in outcomes if code is not None] == [Code.SLUG_TAKEN] * 150
    assert len({slug for (slug, _), code in zip(asks, outcomes, strict=True) if code is None}) == 50


async def test_a_view_and_a_change_that_waited_for_it_exclude_each_other(
    replicas, create_many, reveal_at, asking
):
    author = asking.somebody()
    slugs = await create_many(40, actor=author)

    async def change(slug):
        request = rpc.ChangeContent(slug=slug, content="changed")
        return await asking.refused(replicas[0].use.change_note.content(request, asking.context(author)))

    told = await asyncio.gather(
        *(reveal_at(replicas[1], slug, claim=asking.claim()) for slug in slugs),
        *(change(slug) for slug in slugs),
    )
    for slug, content, code in zip(slugs, told[:40], told[40:], strict=True):
        assert (content, code) in ((slug, Code.NOTE_ALREADY_READ), ("changed", None))
