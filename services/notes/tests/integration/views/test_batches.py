"""Batches that meet: of two replicas, and what is in one of them."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.domain.note import new_slug
from notes.domain.view import ViewAsked
from notes.storage.note_repository import add_all
from notes.storage.reveal_repository import _take_all

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)


async def test_batches_that_overlap_do_not_deadlock_while_the_author_changes_the_notes(
    replicas, create_many, reveal_at, asking
):
    author = asking.somebody()
    ends = datetime.now(UTC) + HOUR
    for _ in range(8):
        slugs = await create_many(128, actor=author)
        orders = [random.sample(slugs, len(slugs)) for _ in range(3)]

        async def change(order):
            for slug in order:
                request = rpc.ChangeExpiry(slug=slug, expires_at=ends)
                code = await asking.refused(
                    replicas[0].use.change_note.expiry(request, asking.context(author))
                )
                assert code in (None, Code.NOTE_ALREADY_READ)

        async def read(replica, order):
            return await asyncio.gather(*(reveal_at(replica, slug) for slug in order))

        *told, _ = await asyncio.gather(
            read(replicas[0], orders[0]), read(replicas[1], orders[1]), change(orders[2][:40])
        )
        # Exactly one of the two has each: the other was told so, and nobody anything else.
        assert sorted(told[0] + told[1]) == sorted(slugs + [Code.NOTE_ALREADY_READ] * len(slugs))


async def test_rows_are_locked_in_the_order_of_their_slugs(replicas, sql, asking):
    """Without that order two replicas can wait for each other in a circle."""
    slugs = sorted(new_slug() for _ in range(40))
    for slug in reversed(slugs):  # one by one, so that they do not lie in that order in the table already
        await replicas[0].use.create_note(rpc.CreateNote(slug=slug, content="x"), asking.context())
    asks = [ViewAsked(slug, None, None, None) for slug in random.sample(slugs, len(slugs))]
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute("SELECT FROM notes WHERE slug = $1 FOR UPDATE", slugs[20])

    async def take():
        async with replicas[0].database.connection() as connection:
            return await _take_all(connection, asks, ["k1"])

    taking = asyncio.create_task(take())
    await asking.until_blocked(sql)
    free = await replicas[1].database._pool.fetch(
        "SELECT slug FROM notes WHERE slug = ANY($1::text[]) ORDER BY slug FOR UPDATE SKIP LOCKED", slugs
    )
    await transaction.rollback()
    assert all(await taking)
    # It waits at the one that is held: what comes before it has it locked, what comes after nobody has.
    assert [row["slug"] for row in free] == slugs[21:]


async def test_of_two_creates_of_one_slug_in_a_batch_one_wins_and_a_neighbour_is_not_touched(
    replica, create_many, sql, new_note
):
    (taken,) = await create_many()
    slug, neighbour = new_slug(), new_slug()
    notes = [new_note(slug=each) for each in (slug, neighbour, slug, taken)]
    async with replica.database.connection() as connection:
        first, beside, second, third = await add_all(connection, notes)
    assert (first != second, beside, third) == (True, True, False)
    winner = notes[0] if first else notes[2]
    assert await sql.fetchval("SELECT content FROM notes WHERE slug = $1", slug) == winner.content
    assert await sql.fetchval("SELECT content FROM notes WHERE slug = $1", neighbour) == notes[1].content
