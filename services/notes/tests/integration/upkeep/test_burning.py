"""What is done after a backup was restored."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import ErrorCode as Code
from notes.maintenance import burn_before
from notes.storage.upkeep_repository import BATCH

pytestmark = pytest.mark.integration


async def test_burnt_is_what_was_alive_before_the_time_and_nothing_else(replica, create, reveal, asking, sql):
    old, leased, kept, young = [await create(max_views=views) for views in (1, 1, 3, 1)]
    claim = asking.claim()
    await reveal(leased, claim=claim)
    await reveal(kept, claim=claim)
    await sql.execute("UPDATE notes SET created_at = now() - interval '1 hour' WHERE slug <> $1", young)
    before = datetime.now(UTC) - timedelta(minutes=30)
    assert await burn_before(replica.upkeep, before) == 3
    assert await burn_before(replica.upkeep, before) == 0
    assert await reveal(old) is Code.NOTE_EXPIRED
    assert await reveal(leased, claim=claim) is Code.NOTE_ALREADY_READ
    assert await reveal(kept, claim=claim) is Code.NOTE_EXPIRED
    assert await reveal(young) == "text"


async def test_more_than_a_batch_burns(replica, contents, fill):
    await fill(BATCH + 1, ends="now() + interval '1 hour'")
    assert await burn_before(replica.upkeep, datetime.now(UTC) + timedelta(seconds=1)) == BATCH + 1
    assert await contents() == 0
