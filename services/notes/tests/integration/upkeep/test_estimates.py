"""How many notes there are, without counting them."""

import pytest

pytestmark = pytest.mark.integration


async def test_notes_are_estimated_by_state(replica, sql, fill):
    await fill(300, ends="now() + interval '1 hour'")
    await sql.execute(
        """
        INSERT INTO notes (slug, expires_at, erase_at, erased_at)
        SELECT 'over-' || n, now(), now(), now() FROM generate_series(1, 200) AS n
        """
    )
    await sql.execute("ANALYZE notes")
    await replica.sweeper.count()
    metrics = replica.runtime.metrics
    assert metrics.get_sample_value("notes", {"state": "there"}) == 300
    assert metrics.get_sample_value("notes", {"state": "over"}) == 200
