"""What is told of a note, and of which notes nothing is."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.consumer import Delivery
from contracts.auth.events import UserDeleted
from contracts.errors import ErrorCode
from contracts.notes import rpc
from contracts.registry import SERVICES
from notes.commands.forget_author import ForgetAuthor
from notes.maintenance import burn_before
from notes.storage.author_repository import AuthorRepository

pytestmark = pytest.mark.integration

EVENTS = {event.subject: event for event in SERVICES["notes"].emits}


@pytest.fixture
def told(sql):
    """The events since the last asking, as the contracts' own, in order; their times are not compared."""

    async def told():
        rows = await sql.fetch("DELETE FROM outbox RETURNING id, type, data, entity_id")
        events = []
        for row in sorted(rows, key=lambda row: row["id"]):
            event_type = EVENTS[row["type"]]
            # Exactly its fields: the models would ignore others.
            assert set(json.loads(row["data"])) <= set(event_type.model_fields)
            event = event_type.model_validate_json(row["data"])
            assert event.entity_id == row["entity_id"]
            events.append(event)
        return events

    return told


@pytest.fixture
async def make(replica, asking, sql, told):
    """Make a note that somebody is told of; its slug, id and author."""

    async def make(*, author=None, **fields):
        context = asking.context(author)
        created = await replica.use.create_note(rpc.CreateNote(content="x", **fields), context)
        note_id = await sql.fetchval("SELECT id FROM notes WHERE slug = $1", created.slug)
        return created.slug, note_id

    return make


def named(events):
    return [type(event).__name__ for event in events]


async def test_of_a_note_without_author_and_manage_token_nothing_is_told(replica, asking, make, told, sql):
    slug, _ = await make(password="right")
    await asking.refused(reveal(replica, asking, slug, password="wrong"))
    await reveal(replica, asking, slug, password="right")
    slug, _ = await make()
    await sql.execute("UPDATE notes SET erase_at = now(), expires_at = now() WHERE slug = $1", slug)
    await replica.sweeper.sweep()

    assert await told() == []


def reveal(replica, asking, slug, **fields):
    return replica.use.reveal_note(rpc.RevealNote(slug=slug, **fields), asking.context())


@pytest.mark.parametrize("with_key", [False, True])
async def test_a_note_that_is_made_and_read_is_told_of(replica, asking, told, sql, with_key):
    author = asking.somebody()
    context = asking.context(author, **({"idempotency_key": str(uuid4())} if with_key else {}))
    request = rpc.CreateNote(content="x", max_views=2, notify=True)
    slug = (await replica.use.create_note(request, context)).slug
    note_id = await sql.fetchval("SELECT id FROM notes WHERE slug = $1", slug)

    (created,) = await told()
    assert (created.note_id, created.author_id) == (note_id, author.user_id)
    for number in (1, 2):
        await reveal(replica, asking, slug, claim=asking.claim())
        (revealed,) = await told()
        assert type(revealed).__name__ == "NoteRevealed"
        assert (revealed.views_taken, revealed.max_views, revealed.notify) == (number, 2, True)
    assert await asking.refused(reveal(replica, asking, slug)) is ErrorCode.NOTE_ALREADY_READ
    assert await told() == []


async def test_asking_again_with_a_claim_is_no_second_event(replica, asking, make, told):
    slug, note_id = await make(manage_token=asking.secret())
    claim = asking.claim()
    for _ in range(3):
        await reveal(replica, asking, slug, claim=claim)
    _, revealed = await told()
    assert (revealed.note_id, revealed.author_id, revealed.notify) == (note_id, None, False)


async def test_of_a_kept_note_the_first_reading_is_told(replica, asking, make, told):
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    slug, _ = await make(author=asking.somebody(), keep_before_expiration=True, expires_at=in_an_hour)
    await asyncio.gather(*(reveal(replica, asking, slug) for _ in range(20)))
    _, revealed = await told()
    assert (revealed.views_taken, revealed.max_views) == (1, 1)


async def test_many_readers_of_one_note_are_one_event(replicas, asking, make, told):
    slug, _ = await make(author=asking.somebody())
    outcomes = await asyncio.gather(
        *(asking.outcome(reveal(replica, asking, slug)) for replica in replicas * 20)
    )
    assert outcomes.count("x") == 1
    assert named(await told()) == ["NoteCreated", "NoteRevealed"]


async def test_a_slug_that_is_taken_is_no_event(replica, asking, make, told):
    slug, _ = await make(author=asking.somebody())
    with pytest.raises(Exception, match="already in use"):
        await make(author=asking.somebody(), slug=slug)
    assert named(await told()) == ["NoteCreated"]


async def test_refused_attempts_are_told_once_a_minute_with_their_number(replica, asking, make, told, sql):
    slug, note_id = await make(author=asking.somebody(), password="right")
    await told()
    for _ in range(3):
        await asking.refused(reveal(replica, asking, slug, password="wrong"))
    (refused,) = await told()
    assert (type(refused).__name__, refused.refused_attempts) == ("NoteRevealRefused", 1)
    await sql.execute("UPDATE notes SET refusal_told_at = now() - interval '61 s' WHERE id = $1", note_id)
    await asking.refused(reveal(replica, asking, slug, password="wrong"))
    (refused,) = await told()
    assert refused.refused_attempts == 4


async def test_an_expiry_is_told_and_the_end_of_a_lease_is_not(replica, asking, make, told, sql):
    author = asking.somebody()
    _, unread = await make(author=author)
    read, _ = await make(author=author)
    half, half_id = await make(author=author, max_views=2)
    for slug in (read, half):
        await reveal(replica, asking, slug, claim=asking.claim())
    await told()
    await sql.execute(
        "UPDATE notes SET erase_at = now(), expires_at = now() WHERE author_id = $1", author.user_id
    )

    await replica.sweeper.sweep()
    await replica.sweeper.sweep()

    expired = await told()
    assert named(expired) == ["NoteExpired"] * 2
    assert {event.note_id for event in expired} == {unread, half_id}


async def test_a_deletion_is_told_once(replica, asking, make, told):
    author = asking.somebody()
    slug, note_id = await make(author=author)
    await told()
    for _ in range(2):
        await replica.use.delete_note(rpc.DeleteNote(slug=slug), asking.context(author))
    (deleted,) = await told()
    assert (type(deleted).__name__, deleted.note_id) == ("NoteDeleted", note_id)


async def test_what_an_operator_burns_is_told(replica, asking, make, told):
    _, note_id = await make(author=asking.somebody())
    await told()
    await burn_before(replica.upkeep, datetime.now(UTC) + timedelta(seconds=5))
    assert note_id in {event.note_id for event in await told()}


async def test_a_deleted_account_takes_its_notes_along_and_no_others(replica, asking, make, told, sql):
    gone, stays = asking.somebody(), asking.somebody()
    mine = [await make(author=gone) for _ in range(60)]  # more than a batch
    kept, _ = await make(author=stays)
    await told()
    async with replica.database.transaction() as connection:
        event = UserDeleted(user_id=gone.user_id)
        delivery = Delivery(event, uuid4(), datetime.now(UTC), None, connection)
        forget = ForgetAuthor(AuthorRepository(replica.database))
        await forget(delivery)
        await forget(delivery)

    await replica.sweeper.sweep()
    late, _ = await make(author=gone)
    await replica.sweeper.sweep()

    for slug in [*(slug for slug, _ in mine), late]:
        assert await asking.refused(reveal(replica, asking, slug)) is ErrorCode.NOTE_NOT_FOUND
    assert await asking.outcome(reveal(replica, asking, kept)) == "x"
    assert await sql.fetchval("SELECT count(*) FROM notes WHERE author_id = $1", gone.user_id) == 0
    ended = [event for event in await told() if type(event).__name__ == "NoteDeleted"]
    assert {note_id for _, note_id in mine} <= {event.note_id for event in ended}
    assert {event.author_id for event in ended} == {gone.user_id}

    await sql.execute("UPDATE deleted_authors SET deleted_at = now() - interval '25 hours'")
    await replica.sweeper.sweep()
    assert await sql.fetchval("SELECT count(*) FROM deleted_authors") == 0


async def test_a_deleted_account_leaves_no_row_that_tells_of_it(replica, asking, make, told, sql):
    gone, stays = asking.somebody(), asking.somebody()
    for author in (gone, stays):
        (read, _), (deleted, _), _ = [await make(author=author) for _ in range(3)]
        await asking.outcome(reveal(replica, asking, read))
        await replica.use.delete_note(rpc.DeleteNote(slug=deleted), asking.context(author))
        context = asking.context(author, idempotency_key="key")
        await replica.use.create_note(rpc.CreateNote(content="x"), context)

    async def rows(author):
        about = """
            SELECT (SELECT count(*) FROM notes AS t WHERE t::text LIKE $1)
                + (SELECT count(*) FROM idempotency_keys AS t WHERE t::text LIKE $1)
        """
        return await sql.fetchval(about, f"%{author.user_id}%")

    assert [await rows(author) for author in (gone, stays)] == [5, 5]
    await sql.execute("INSERT INTO deleted_authors (author_id) VALUES ($1)", gone.user_id)
    await replica.sweeper.sweep()
    assert [await rows(author) for author in (gone, stays)] == [0, 5]
    await told()


async def test_nobody_is_told_by_mail_without_an_account(replica, asking):
    request = rpc.CreateNote(content="x", notify=True)
    created = replica.use.create_note(request, asking.context())
    assert await asking.refused(created) is ErrorCode.INVALID_REQUEST


async def test_an_event_names_no_slug(replica, asking, make, sql):
    slug, note_id = await make(author=asking.somebody(), slug="canary-slug-of-a-note")
    await reveal(replica, asking, slug)
    rows = await sql.fetch("SELECT data FROM outbox")
    assert len(rows) == 2
    assert all(slug not in row["data"] for row in rows)
    assert UUID(json.loads(rows[0]["data"])["note_id"]) == note_id
