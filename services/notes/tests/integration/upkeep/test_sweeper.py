"""What time does to notes, with several replicas at it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chassis.runtime import Runtime
from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.domain.note import new_slug
from notes.storage.upkeep_repository import BATCH, PURGE_BATCH, UpkeepRepository
from notes.sweeper import Sweeper

pytestmark = pytest.mark.integration

DUE = 2000


async def test_replicas_that_sweep_at_once_erase_each_note_once_and_skip_none(replicas, contents, fill):
    await fill(DUE, ends="now() - interval '1 s'")
    await fill(10, ends="now() + interval '1 hour'")
    before = sum(replica.swept("erased") for replica in replicas)
    await asyncio.gather(*(replica.sweeper.sweep() for replica in replicas))
    assert sum(replica.swept("erased") for replica in replicas) - before == DUE
    assert await contents() == 10


async def test_what_another_replica_has_in_hand_is_skipped_and_not_waited_for(replica, sql, contents, fill):
    await fill(DUE, ends="now() - interval '1 s'")
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute(f"SELECT FROM notes ORDER BY erase_at LIMIT {BATCH} FOR UPDATE")
    before = replica.swept("erased")
    async with asyncio.timeout(4):  # below the lock timeout
        await replica.sweeper.sweep()
    await transaction.rollback()
    assert replica.swept("erased") - before == DUE - BATCH
    # And a replica that died with them in hand leaves them to the next sweep.
    await replica.sweeper.sweep()
    assert await contents() == 0


async def test_a_lease_that_has_ended_is_swept_and_one_that_lives_is_not(
    replica, create, reveal, asking, sql
):
    over, alive = await create(), await create()
    for slug in (over, alive):
        await reveal(slug, claim=asking.claim())
    await sql.execute("UPDATE notes SET erase_at = erase_at - interval '61 s' WHERE slug = $1", over)
    await replica.sweeper.sweep()
    assert [row["slug"] for row in await sql.fetch("SELECT slug FROM notes WHERE content IS NOT NULL")] == [
        alive
    ]


@pytest.mark.parametrize(("minutes", "swept"), [(5, True), (20, False)])
async def test_a_note_whose_expiry_was_changed_is_swept_at_its_new_time(
    replica, create, asking, sql, minutes, swept, contents
):
    author, now = asking.somebody(), datetime.now(UTC)
    slug = await create(actor=author, expires_at=now + timedelta(minutes=10))
    change = rpc.ChangeExpiry(slug=slug, expires_at=now + timedelta(minutes=minutes))
    await replica.use.change_note.expiry(change, asking.context(author))
    await sql.execute(
        "UPDATE notes SET erase_at = erase_at - $1::interval, expires_at = expires_at - $1::interval",
        timedelta(minutes=7 if swept else 12),
    )
    await replica.sweeper.sweep()
    assert await contents() == (0 if swept else 1)


async def test_a_note_is_remembered_for_thirty_days_and_then_its_slug_is_free(replica, create, reveal, sql):
    young, old = [await create(slug=new_slug()) for _ in range(2)]
    for slug in (young, old):
        await reveal(slug)
    for slug, age in ((young, "29 days 23 hours"), (old, "30 days 1 second")):
        await sql.execute(f"UPDATE notes SET erased_at = erased_at - interval '{age}' WHERE slug = $1", slug)
    assert await create(slug=old) is Code.SLUG_TAKEN
    await replica.sweeper.sweep()
    assert await reveal(young) is Code.NOTE_ALREADY_READ
    assert await create(slug=young) is Code.SLUG_TAKEN
    assert await reveal(old) is Code.NOTE_NOT_FOUND
    assert await create("new", slug=old) == old
    assert await reveal(old) == "new"


class Watched(UpkeepRepository):
    """Does something after the first batch of tombstones, and looks before each other."""

    def __init__(self, database, *, after_the_first, before_others):
        super().__init__(database)
        self._after_the_first = after_the_first
        self._before_others = before_others
        self.batches = []

    async def purge_tombstones(self, age):
        if self.batches:
            await self._before_others()
        self.batches.append(await super().purge_tombstones(age))
        if len(self.batches) == 1:
            await self._after_the_first()
        return self.batches[-1]


async def test_a_note_that_becomes_due_while_much_is_purged_does_not_wait_for_it(
    replica, sql, contents, fill
):
    await sql.execute(
        """
        INSERT INTO notes (slug, expires_at, erase_at, erased_at)
        SELECT 'over-' || n, ends, ends, ends
        FROM generate_series(1, $1::integer) AS n, (SELECT now() - interval '31 days' AS ends) AS ended
        """,
        2 * PURGE_BATCH + 1,
    )
    seen = []

    async def look():
        seen.append(await contents())

    upkeep = Watched(replica.database, after_the_first=lambda: fill(1, ends="now()"), before_others=look)
    settings, log = replica.runtime.settings, replica.runtime.log
    sweeper = Sweeper(
        upkeep,
        interval=1,
        tombstone_lifetime=settings.tombstone_lifetime,
        log=log,
        metrics=Runtime("notes", settings, log).metrics,
    )
    await sweeper.sweep()
    assert upkeep.batches == [PURGE_BATCH, PURGE_BATCH, 1, 0]
    assert seen == [0, 0, 0]


async def test_an_idempotency_key_is_forgotten_after_a_day(replica, create, sql):
    first = await create(key="k")
    for age, same in (("23 hours", True), ("1 hour 1 second", False)):
        await sql.execute(f"UPDATE idempotency_keys SET created_at = created_at - interval '{age}'")
        await replica.sweeper.sweep()
        assert (await create(key="k") == first) is same
