"""What whoever watches notes is told, and who that is."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.errors import ErrorCode
from contracts.notes import rpc
from contracts.notes.rpc import PAGE_MAX

pytestmark = pytest.mark.integration


@pytest.fixture
def made(replica, asking):
    """`await made(author)`: a note's slug."""

    async def made(author=None, **wishes):
        request = rpc.CreateNote(content="secret", **wishes)
        return (await replica.use.create_note(request, asking.context(author))).slug

    return made


@pytest.fixture
def watched(replica, asking):
    """`await watched(slug, author)`: what one note's watcher is told."""

    async def watched(slug, actor=None, token=None):
        request = rpc.GetWatchedNote(slug=slug, manage_token=token)
        return await replica.use.watched_note(request, asking.context(actor))

    return watched


async def test_it_is_what_the_status_says_until_it_is_deleted_and_then_it_is_remembered(
    replica, asking, made, watched
):
    author, token = asking.somebody(), asking.secret()
    slug = await made(author, manage_token=token, max_views=2)
    for who in ({"actor": author}, {"token": token}):
        told = await watched(slug, **who)
        status = await replica.use.note_status(rpc.GetNoteStatus(slug=slug), asking.context(author))
        assert told.note.model_dump() == {**status.model_dump(), "deleted_at": None}
        assert not told.over
    await replica.use.delete_note(rpc.DeleteNote(slug=slug), asking.context(author))
    told = await watched(slug, author)
    assert told.over
    assert told.note.deleted_at is not None


async def test_nobody_else_is_told(asking, made, watched):
    slug = await made(asking.somebody(), manage_token=asking.secret())
    for who in ({}, {"actor": asking.somebody()}, {"token": asking.secret()}):
        assert await asking.refused(watched(slug, **who)) is ErrorCode.NOTE_NOT_FOUND
    unknown = await asking.refused(watched("never-was-there", asking.somebody()))
    assert unknown is ErrorCode.NOTE_NOT_FOUND


async def test_a_note_is_over_when_nothing_can_happen_to_it_any_more(replica, asking, sql, made, watched):
    async def view(slug):
        await replica.use.reveal_note(rpc.RevealNote(slug=slug, claim=asking.claim()), asking.context())

    author = asking.somebody()
    twice = await made(author, max_views=2)
    await view(twice)
    assert not (await watched(twice, author)).over
    await view(twice)
    # A lease lives, and nobody can be told anything of it.
    assert (await watched(twice, author)).over

    kept = await made(author, keep_before_expiration=True, expires_at=datetime.now(UTC) + timedelta(hours=1))
    await view(kept)
    assert not (await watched(kept, author)).over
    await sql.execute("UPDATE notes SET expires_at = now() WHERE slug = $1", kept)
    assert (await watched(kept, author)).over


async def test_an_author_is_told_of_the_newest_and_of_those_asked_for_and_of_no_others(
    replica, asking, made, watched
):
    async def listed(actor, ids=None):
        request = rpc.ListWatchedNotes(ids=ids)
        return (await replica.use.watched_notes(request, asking.context(actor))).notes

    author, other = asking.somebody(), asking.somebody()
    slugs = [await made(author) for _ in range(PAGE_MAX + 1)]
    theirs = (await watched(await made(other), other)).id
    newest = await listed(author)
    assert [one.note.slug for one in newest] == slugs[:0:-1]
    await replica.use.delete_note(rpc.DeleteNote(slug=slugs[-1]), asking.context(author))
    # What is deleted is in no list, and still its author's to ask for.
    assert [one.note.slug for one in await listed(author)] == slugs[-2::-1]
    asked = await listed(author, [newest[0].id, newest[5].id, theirs, uuid4()])
    assert [one.id for one in asked] == [newest[0].id, newest[5].id]
    assert [one.over for one in asked] == [True, False]
    assert await listed(author, [theirs]) == []
    assert await asking.refused(listed(None)) is ErrorCode.UNAUTHENTICATED
    assert await asking.refused(listed(None, [theirs])) is ErrorCode.UNAUTHENTICATED
