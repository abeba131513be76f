"""The notes table as the use cases see it, without races: what is kept is what comes back."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.metrics import BatchMetrics
from chassis.outbox import Outbox
from chassis.runtime import Runtime
from notes.domain.note import Protection, new_slug
from notes.domain.view import ViewAsked
from notes.storage.note_repository import NoteRepository
from notes.storage.reveal_repository import RevealRepository

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def metrics(replica):
    return BatchMetrics(Runtime("notes", replica.runtime.settings, replica.runtime.log).metrics)


@pytest.fixture(scope="module")
def repository(replica, metrics):
    return NoteRepository(replica.database, Outbox(replica.database), metrics)


@pytest.fixture(scope="module")
def views(replica, metrics):
    return RevealRepository(replica.database, Outbox(replica.database), metrics, ["k1"])


async def test_all_that_is_kept_of_a_note_comes_back(repository, asking, new_note):
    kept = new_note(
        author_id=uuid4(),
        max_views=7,
        encryption="header",
        protection=Protection("a hash", b"link", b"word"),
        manage_token_hash=b"token",
    )
    assert await repository.add(kept, asking.context())
    found = await repository.find(kept.slug, asking.context())
    for name in ("id", "slug", "author_id", "expires_at", "max_views", "encryption", "protection"):
        assert getattr(found, name) == getattr(kept, name), name
    assert (found.manage_token_hash, found.keep, found.read_at, found.erased) == (
        b"token",
        False,
        None,
        False,
    )


async def test_a_view_gives_what_was_kept_once_and_leaves_a_tombstone(repository, views, asking, new_note):
    kept = new_note()
    await repository.add(kept, asking.context())
    asked = ViewAsked(kept.slug, None, None, None)
    given = await views.take_view(asked, asking.context())
    assert (given.id, given.content, given.key_id) == (kept.id, kept.content, kept.key_id)
    assert await views.take_view(asked, asking.context()) is None
    found = await repository.find(kept.slug, asking.context())
    assert (found.erased, found.read_at, found.views_taken) == (True, given.read_at, 1)


async def test_a_taken_slug_is_refused_and_its_note_untouched_also_after_it_was_read(
    repository, views, asking, sql, new_note
):
    first = new_note(content=b"first")
    second = new_note(slug=first.slug)
    assert await repository.add(first, asking.context())
    assert not await repository.add(second, asking.context())
    given = await views.take_view(ViewAsked(first.slug, None, None, None), asking.context())
    assert given.content == b"first"
    assert not await repository.add(second, asking.context())
    assert await sql.fetchval("SELECT content FROM notes WHERE slug = $1", first.slug) is None


async def test_an_expired_note_gives_no_view_and_an_unknown_slug_is_nothing(
    repository, views, asking, new_note
):
    over = new_note(expires_at=datetime.now(UTC) - MINUTE)
    await repository.add(over, asking.context())
    assert await views.take_view(ViewAsked(over.slug, None, None, None), asking.context()) is None
    assert (await repository.find(over.slug, asking.context())).read_at is None
    assert await views.take_view(ViewAsked(new_slug(), None, None, None), asking.context()) is None
    assert await repository.find(new_slug(), asking.context()) is None
