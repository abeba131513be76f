"""Who gets a view when many ask at the same moment, of two replicas on one database."""
# ruff: noqa: PLR0917 - fixtures, which are passed by name

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.crypto.secrets import PasswordHashing, secret_hash
from notes.domain.note import NewNote, Protection, new_slug
from notes.domain.view import ViewAsked
from notes.storage.note_repository import add_all
from notes.storage.reveal_repository import _take_all

pytestmark = pytest.mark.integration

NOTES = 100
RACERS = 16
LEASE_OVER = timedelta(seconds=61)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_retried(replicas):
    """PostgreSQL refused no batch in any of these tests: no deadlock, no lock waited for too long."""
    before = [replica.retried() for replica in replicas]
    yield
    assert [replica.retried() for replica in replicas] == before


@pytest.fixture
def create(replica, asking):
    async def create(count=1, *, actor=None, **wishes):
        """Notes, each with its slug for a content."""
        slugs = [new_slug() for _ in range(count)]
        requests = [rpc.CreateNote(slug=slug, content=slug, **wishes) for slug in slugs]
        context = asking.context(actor)
        await asyncio.gather(*(replica.use.create_note(request, context) for request in requests))
        return slugs

    return create


@pytest.fixture
def reveal(asking):
    async def reveal(replica, slug, **shown):
        request = rpc.RevealNote(slug=slug, **shown)
        return await asking.outcome(replica.use.reveal_note(request, asking.context()))

    return reveal


async def lease_ends(sql, *slugs):
    await sql.execute(
        "UPDATE notes SET leases = ARRAY(SELECT ends - $2::interval FROM unnest(leases) AS ends),"
        " erase_at = erase_at - $2::interval WHERE slug = ANY($1::text[])",
        slugs,
        LEASE_OVER,
    )


async def stored(sql, slug):
    return await sql.fetchval("SELECT content IS NOT NULL FROM notes WHERE slug = $1", slug)


async def race(replicas, reveal, slugs, claims):
    """Each note asked for with all claims at once, half of them of each replica: outcomes by note and claim.

    Ten notes at a time: more asks than that would wait longer for a connection than they may.
    """
    told = {}
    for start in range(0, len(slugs), 10):
        asks = [(slug, number) for slug in slugs[start : start + 10] for number in range(len(claims))]
        random.shuffle(asks)
        outcomes = await asyncio.gather(
            *(reveal(replicas[number % 2], slug, claim=claims[number]) for slug, number in asks)
        )
        told |= zip(asks, outcomes, strict=True)
    return [[told[slug, number] for number in range(len(claims))] for slug in slugs]


async def test_without_a_claim_one_of_many_readers_gets_the_note(replicas, create, reveal, sql):
    slugs = await create(NOTES)
    outcomes = await race(replicas, reveal, slugs, [None] * RACERS)
    for slug, told in zip(slugs, outcomes, strict=True):
        assert sorted(told) == sorted([slug] + [Code.NOTE_ALREADY_READ] * (RACERS - 1))
    assert await sql.fetchval("SELECT count(*) FROM notes WHERE content IS NOT NULL") == 0


async def test_of_many_claims_one_wins_and_may_come_back_until_its_lease_ends(
    replicas, create, reveal, asking, sql
):
    slugs = await create(NOTES)
    claims = [asking.claim() for _ in range(RACERS)]
    first = await race(replicas, reveal, slugs, claims)
    for slug, told in zip(slugs, first, strict=True):
        assert sorted(told) == sorted([slug] + [Code.NOTE_ALREADY_READ] * (RACERS - 1))
    again = await race(replicas, reveal, slugs, claims)
    for slug, before, told in zip(slugs, first, again, strict=True):
        assert told == before, slug
    await lease_ends(sql, *slugs)
    over = await race(replicas, reveal, slugs, claims)
    assert {told for each in over for told in each} == {Code.NOTE_ALREADY_READ}


async def test_as_many_claims_win_as_there_are_views(replicas, create, reveal, asking):
    slugs = await create(20, max_views=3)
    claims = [asking.claim() for _ in range(RACERS)]
    for slug, told in zip(slugs, await race(replicas, reveal, slugs, claims), strict=True):
        assert sorted(told) == sorted([slug] * 3 + [Code.NOTE_ALREADY_READ] * (RACERS - 3))


async def test_a_claim_sent_many_times_at_once_takes_one_view(replicas, create, reveal, asking, sql):
    slugs = await create(20, max_views=2)
    claim = asking.claim()
    for slug, told in zip(slugs, await race(replicas, reveal, slugs, [claim] * 8), strict=True):
        assert told == [slug] * 8
    assert await sql.fetchval("SELECT sum(views_taken) FROM notes WHERE slug = ANY($1::text[])", slugs) == 20


async def test_a_claim_whose_lease_is_over_gets_no_other_view(replica, create, reveal, asking, sql):
    (slug,) = await create(max_views=2)
    claim = asking.claim()
    assert await reveal(replica, slug, claim=claim) == slug
    await lease_ends(sql, slug)
    assert await reveal(replica, slug, claim=claim) is Code.NOTE_ALREADY_READ
    assert await reveal(replica, slug, claim=asking.claim()) == slug


async def test_a_last_view_without_a_claim_leaves_what_another_leases(replica, create, reveal, asking, sql):
    (slug,) = await create(max_views=2)
    claim = asking.claim()
    await reveal(replica, slug, claim=claim)
    assert await reveal(replica, slug) == slug
    assert await reveal(replica, slug) is Code.NOTE_ALREADY_READ
    assert await reveal(replica, slug, claim=claim) == slug
    acknowledgement = rpc.AcknowledgeReveal(slug=slug, claim=claim)
    assert await stored(sql, slug)
    await replica.use.acknowledge_reveal(acknowledgement, asking.context())
    assert not await stored(sql, slug)


async def test_content_leaves_with_the_lease_that_ends_last_also_when_a_later_one_was_acknowledged(
    replica, create, reveal, asking, sql
):
    (slug,) = await create(max_views=2)
    early, late = asking.claim(), asking.claim()
    await reveal(replica, slug, claim=early)
    await sql.execute("UPDATE notes SET leases[1] = leases[1] - interval '50 s' WHERE slug = $1", slug)
    await reveal(replica, slug, claim=late)
    await replica.use.acknowledge_reveal(rpc.AcknowledgeReveal(slug=slug, claim=late), asking.context())
    assert await reveal(replica, slug, claim=early) == slug
    due, lease = await sql.fetchrow("SELECT erase_at, leases[1] FROM notes WHERE slug = $1", slug)
    assert due == lease


async def test_a_lease_ends_with_the_note(replica, create, asking):
    ends = datetime.now(UTC) + timedelta(seconds=30)
    (slug,) = await create(expires_at=ends)
    request = rpc.RevealNote(slug=slug, claim=asking.claim())
    assert (await replica.use.reveal_note(request, asking.context())).lease_ends_at == ends


async def test_batches_that_overlap_do_not_deadlock_while_the_author_changes_the_notes(
    replicas, create, reveal, asking
):
    author = asking.somebody()
    ends = datetime.now(UTC) + HOUR
    for _ in range(8):
        slugs = await create(128, actor=author)
        orders = [random.sample(slugs, len(slugs)) for _ in range(3)]

        async def change(order):
            for slug in order:
                request = rpc.ChangeExpiry(slug=slug, expires_at=ends)
                code = await asking.refused(
                    replicas[0].use.change_note.expiry(request, asking.context(author))
                )
                assert code in (None, Code.NOTE_ALREADY_READ)

        async def read(replica, order):
            return await asyncio.gather(*(reveal(replica, slug) for slug in order))

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
    replica, create, sql
):
    (taken,) = await create()
    slug, neighbour = new_slug(), new_slug()
    notes = [new_note(each) for each in (slug, neighbour, slug, taken)]
    async with replica.database.connection() as connection:
        first, beside, second, third = await add_all(connection, notes)
    assert (first != second, beside, third) == (True, True, False)
    winner = notes[0] if first else notes[2]
    assert await sql.fetchval("SELECT content FROM notes WHERE slug = $1", slug) == winner.content
    assert await sql.fetchval("SELECT content FROM notes WHERE slug = $1", neighbour) == notes[1].content


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


class Paused(PasswordHashing):
    """Tells when it has compared, and waits before it says so."""

    def __init__(self, inner):
        self._inner = inner
        self.compared = asyncio.Event()
        self.go_on = asyncio.Event()

    def place(self):
        return self._inner.place()

    async def matches(self, password, password_hash, context):
        matches = await self._inner.matches(password, password_hash, context)
        self.compared.set()
        await self.go_on.wait()
        return matches


@pytest.mark.parametrize("claimed", [True, False])
async def test_a_password_that_was_right_when_it_was_compared_is_wrong_when_it_was_changed_since(
    replicas, make_replica, passwords, create, reveal, asking, claimed
):
    author = asking.somebody()
    (slug,) = await create(actor=author, password="old")
    pausing = Paused(passwords)
    slow = make_replica(replicas[1].database, pausing)
    claim = asking.claim() if claimed else None
    reading = asyncio.create_task(reveal(slow, slug, password="old", claim=claim))
    await pausing.compared.wait()
    change = rpc.ChangePassword(slug=slug, password="new")
    await replicas[0].use.change_note.password(change, asking.context(author))
    pausing.go_on.set()
    assert await reading is Code.NOTE_PASSWORD_WRONG
    assert await reveal(replicas[0], slug, password="new") == slug


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ("password_hash = 'set', version = version + 1", Code.NOTE_PASSWORD_WRONG),
        ("content = NULL, key_id = NULL, erased_at = now(), deleted_at = now()", Code.NOTE_NOT_FOUND),
        ("expires_at = now() - interval '1 s', erase_at = now() - interval '1 s'", Code.NOTE_EXPIRED),
    ],
)
async def test_a_reader_who_waited_for_the_row_is_decided_on_by_what_it_is_then(
    replica, create, reveal, asking, sql, meanwhile, told
):
    (slug,) = await create()
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute(f"UPDATE notes SET {meanwhile} WHERE slug = $1", slug)
    reading = asyncio.create_task(reveal(replica, slug))
    await asking.until_blocked(sql)
    await transaction.commit()
    assert await reading is told


async def test_a_view_and_a_change_that_waited_for_it_exclude_each_other(
    replicas, create, reveal, asking, sql
):
    author = asking.somebody()
    slugs = await create(40, actor=author)

    async def change(slug):
        request = rpc.ChangeContent(slug=slug, content="changed")
        return await asking.refused(replicas[0].use.change_note.content(request, asking.context(author)))

    told = await asyncio.gather(
        *(reveal(replicas[1], slug, claim=asking.claim()) for slug in slugs),
        *(change(slug) for slug in slugs),
    )
    for slug, content, code in zip(slugs, told[:40], told[40:], strict=True):
        assert (content, code) in ((slug, Code.NOTE_ALREADY_READ), ("changed", None))


async def test_guesses_at_the_same_moment_are_all_counted(replicas, create, reveal, asking, sql):
    (slug,) = await create(link_proof="l" * 43, password_proof="p" * 43)
    shown = {"link_proof": "l" * 43, "password_proof": "w" * 43}
    told = await asyncio.gather(*(reveal(replicas[n % 2], slug, **shown) for n in range(40)))
    assert sorted(told) == [Code.NOTE_PASSWORD_WRONG] * 10 + [Code.TOO_MANY_GUESSES] * 30
    # A link that is not complete spends nothing, and is refused as before.
    assert await reveal(replicas[0], slug, link_proof="w" * 43) is Code.NOTE_PROOF_WRONG
    assert await stored(sql, slug)


def new_note(slug):
    return NewNote(
        id=uuid4(),
        slug=slug,
        content=secret_hash(str(uuid4())),
        key_id="k1",
        expires_at=datetime.now(UTC) + HOUR,
        author_id=None,
        keep=False,
        max_views=1,
        encryption=None,
        protection=Protection(),
        manage_token_hash=None,
    )
