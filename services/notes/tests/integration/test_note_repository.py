"""The notes table, on a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contracts.context import RequestContext
from notes.domain.note import NewNote, new_slug

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)


def context() -> RequestContext:
    return RequestContext.lasting(30, request_id="test")


def note(content: bytes = b"text", *, lives: timedelta = MINUTE, author_id: UUID | None = None) -> NewNote:
    return NewNote(new_slug(), content, datetime.now(UTC) + lives, author_id)


async def stored_content(database, slug: str) -> bytes | None:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT content FROM notes WHERE slug = $1", slug)


async def test_a_note_is_kept_and_revealed_once(repository, database):
    kept = note("a\0b é 漢 🙂".encode())
    assert await repository.add(kept, context())
    row = await repository.reveal(kept.slug, context())
    assert row.content == kept.content
    assert row.expires_at == kept.expires_at
    assert await repository.reveal(kept.slug, context()) is None
    assert await stored_content(database, kept.slug) is None
    times = await repository.find(kept.slug, context())
    assert (times.created_at, times.expires_at, times.read_at) == (
        row.created_at,
        row.expires_at,
        row.read_at,
    )


async def test_a_taken_slug_is_refused_and_its_note_untouched_also_after_it_was_read(repository, database):
    first = note(b"first")
    second = NewNote(first.slug, b"second", first.expires_at, None)
    assert await repository.add(first, context())
    assert not await repository.add(second, context())
    assert await stored_content(database, first.slug) == b"first"
    await repository.reveal(first.slug, context())
    assert not await repository.add(second, context())
    assert await stored_content(database, first.slug) is None


async def test_an_expired_note_is_not_revealed(repository):
    over = note(lives=-MINUTE)
    await repository.add(over, context())
    assert await repository.reveal(over.slug, context()) is None
    assert (await repository.find(over.slug, context())).read_at is None


async def test_an_unknown_slug_is_nothing(repository):
    assert await repository.reveal(new_slug(), context()) is None
    assert await repository.find(new_slug(), context()) is None


async def test_the_author_is_kept(repository, database):
    author_id = uuid4()
    mine = note(author_id=author_id)
    await repository.add(mine, context())
    async with database.connection() as connection:
        assert (
            await connection.fetchval("SELECT author_id FROM notes WHERE slug = $1", mine.slug) == author_id
        )


async def test_of_concurrent_readers_exactly_one_wins(repository):
    notes = [note(f"note {n}".encode()) for n in range(50)]
    for each in notes:
        await repository.add(each, context())
    for each in notes:
        rows = await asyncio.gather(*(repository.reveal(each.slug, context()) for _ in range(16)))
        assert [row.content for row in rows if row is not None] == [each.content]


async def test_of_concurrent_writers_of_one_slug_exactly_one_wins(repository):
    for _ in range(20):
        slug = new_slug()
        rivals = [NewNote(slug, b"x", datetime.now(UTC) + MINUTE, None) for _ in range(8)]
        assert sum(await asyncio.gather(*(repository.add(rival, context()) for rival in rivals))) == 1
