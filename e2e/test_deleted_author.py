"""An account that is deleted takes its notes along."""

import asyncio
import time

import pytest

from contracts.auth.events import UserDeleted

from .letters import publish

pytestmark = pytest.mark.e2e

# The sweeper's interval, and what a loaded machine takes on top of it.
WITHIN = 40.0


async def test_the_notes_of_a_deleted_author_are_gone_and_no_others(user, write, view, database, jetstream):
    author, somebody = user(), user()
    mine = [await write(headers=author) for _ in range(3)]
    theirs = await write(headers=somebody)
    slug = mine[0].rpartition("/")[2]
    author_id = await database.fetchval("SELECT author_id FROM notes WHERE slug = $1", slug)

    await publish(jetstream, UserDeleted(user_id=author_id))

    deadline = time.monotonic() + WITHIN
    while await database.fetchval("SELECT count(*) FROM notes WHERE author_id = $1", author_id):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert [(await view(path)).status for path in mine] == [404] * 3
    assert (await view(theirs)).status == 200
