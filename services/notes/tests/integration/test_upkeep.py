"""What time and operators do to notes: sweeping, sealing anew, burning; and creates that are repeated."""
# ruff: noqa: PLR0917 - fixtures, which are passed by name

import asyncio
import base64
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.domain.note import new_slug
from notes.maintenance import burn_before, reseal
from notes.storage.upkeep_repository import BATCH

pytestmark = pytest.mark.integration

DUE = 2000


@pytest.fixture(autouse=True)
async def empty_table(sql):
    await sql.execute("TRUNCATE notes, idempotency_keys")


@pytest.fixture
def create(replica, asking):
    async def create(content="text", *, at=None, actor=None, key=None, client="a client", **wishes):
        """The slug, or the code of the refusal."""
        more = {"client": client} if key is None else {"client": client, "idempotency_key": key}
        request = rpc.CreateNote(content=content, **wishes)
        asked = (at or replica).use.create_note(request, asking.context(actor, **more))
        code = await asking.refused(made := asyncio.ensure_future(asked))
        return code or made.result().slug

    return create


@pytest.fixture
def reveal(replica, asking):
    async def reveal(slug, *, at=None, **shown):
        request = rpc.RevealNote(slug=slug, **shown)
        return await asking.outcome((at or replica).use.reveal_note(request, asking.context()))

    return reveal


async def fill(sql, count, *, ends):
    """Notes whose time is over at `ends`, an SQL expression."""
    await sql.execute(
        f"""
        INSERT INTO notes (slug, content, key_id, expires_at, erase_at)
        SELECT 'due-' || gen_random_uuid(), '\\x00', 'k1', {ends}, {ends}
        FROM generate_series(1, $1::integer)
        """,
        count,
    )


async def stored(sql):
    return await sql.fetchval("SELECT count(*) FROM notes WHERE content IS NOT NULL")


# the sweeper


async def test_replicas_that_sweep_at_once_erase_each_note_once_and_skip_none(replicas, sql):
    await fill(sql, DUE, ends="now() - interval '1 s'")
    await fill(sql, 10, ends="now() + interval '1 hour'")
    before = sum(replica.swept("erased") for replica in replicas)
    await asyncio.gather(*(replica.sweeper.sweep() for replica in replicas))
    assert sum(replica.swept("erased") for replica in replicas) - before == DUE
    assert await stored(sql) == 10


async def test_what_another_replica_has_in_hand_is_skipped_and_not_waited_for(replica, sql):
    await fill(sql, DUE, ends="now() - interval '1 s'")
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
    assert await stored(sql) == 0


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
    replica, create, asking, sql, minutes, swept
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
    assert await stored(sql) == (0 if swept else 1)


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


async def test_an_idempotency_key_is_forgotten_after_a_day(replica, create, sql):
    first = await create(key="k")
    for age, same in (("23 hours", True), ("1 hour 1 second", False)):
        await sql.execute(f"UPDATE idempotency_keys SET created_at = created_at - interval '{age}'")
        await replica.sweeper.sweep()
        assert (await create(key="k") == first) is same


# creates that are repeated


async def test_the_same_key_and_request_give_the_same_slug_also_elsewhere_and_after_it_was_read(
    replicas, create, reveal, sql
):
    slug = await create(key="k")
    assert await create(key="k", at=replicas[1]) == slug
    await reveal(slug)
    assert await create(key="k") == slug
    assert await sql.fetchval("SELECT count(*) FROM notes") == 1
    assert await stored(sql) == 0


async def test_another_request_under_the_same_key_is_refused(create, sql):
    await create(key="k")
    assert await create("other", key="k") is Code.IDEMPOTENCY_KEY_REUSED
    assert await create(key="k", password="word") is Code.IDEMPOTENCY_KEY_REUSED
    assert await sql.fetchval("SELECT count(*) FROM notes") == 1


async def test_keys_are_each_actors_own_and_each_clients_own(create, asking):
    somebody, another = asking.somebody(), asking.somebody()
    slugs = {
        await create(key="k", actor=actor, client=client)
        for actor, client in ((None, "a"), (None, "b"), (somebody, "a"), (another, "a"))
    }
    assert len(slugs) == 4
    # The same user at another address is the same user.
    assert await create(key="k", actor=somebody, client="b") in slugs


async def test_the_same_create_many_times_at_once_is_one_note(replicas, create, sql):
    for n in range(20):
        slugs = await asyncio.gather(*(create(key=f"k{n}", at=replicas[i % 2]) for i in range(8)))
        assert len(set(slugs)) == 1
    assert await sql.fetchval("SELECT count(*) FROM notes") == 20


async def test_a_taken_slug_leaves_no_key_behind(create, sql):
    await create(slug="taken")
    assert await create(slug="taken", key="k") is Code.SLUG_TAKEN
    assert await sql.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    assert await create("other", slug="free", key="k") == "free"


async def test_what_is_kept_of_a_create_tells_nothing_of_it(create, sql):
    await create("a plaintext", key="an idempotency key")
    dump = await sql.fetchval("SELECT string_agg(k::text, '') FROM idempotency_keys AS k")
    for secret in ("a plaintext", "an idempotency key"):
        assert secret not in dump
        assert secret.encode().hex() not in dump


# keys


def key(kid):
    return f"{kid}:{base64.b64encode(os.urandom(32)).decode()}"


async def test_sealed_anew_every_note_opens_under_the_new_key_alone(
    replica, make_replica, passwords, sealing_keys, create, reveal, sql
):
    slugs = [await create(f"note {n}") for n in range(BATCH + 20)]
    await reveal(slugs[0])
    new = key("new")
    assert await reseal(replica.upkeep, KeyRing(f"{new},{sealing_keys}")) == BATCH + 19
    assert await sql.fetch("SELECT DISTINCT key_id FROM notes WHERE content IS NOT NULL") == [("new",)]
    assert await reseal(replica.upkeep, KeyRing(f"{new},{sealing_keys}")) == 0
    rotated = make_replica(replica.database, passwords, sealing_keys=new)
    assert await reveal(slugs[0], at=rotated) is Code.NOTE_ALREADY_READ
    for n in (1, 2, BATCH + 19):
        assert await reveal(slugs[n], at=rotated) == f"note {n}"


async def test_readers_of_notes_that_are_being_sealed_anew_get_each_once_and_nothing_comes_back(
    replicas, make_replica, passwords, sealing_keys, create, reveal, sql
):
    slugs = [await create(f"note {n}") for n in range(300)]
    ring = f"{key('new')},{sealing_keys}"
    rotating = make_replica(replicas[1].database, passwords, sealing_keys=ring)
    sealed = asyncio.create_task(reseal(replicas[0].upkeep, KeyRing(ring)))
    told = [await asyncio.gather(*(reveal(slug, at=rotating) for _ in range(2))) for slug in slugs]
    for n, outcomes in enumerate(told):
        assert sorted(outcomes) == sorted([f"note {n}", Code.NOTE_ALREADY_READ])
    assert 0 < await sealed <= 300
    assert await stored(sql) == 0


async def test_a_note_that_was_read_or_changed_after_it_was_taken_for_sealing_stays_so(
    replica, sealing_keys, create, reveal, asking, sql
):
    author = asking.somebody()
    read, changed = await create("read"), await create("old", actor=author)
    ring = KeyRing(f"{key('new')},{sealing_keys}")
    batch = await replica.upkeep.sealed_under_another("new", UUID(int=0))
    assert await reveal(read) == "read"
    change = rpc.ChangeContent(slug=changed, content="changed")
    await replica.use.change_note.content(change, asking.context(author))
    for old in batch:
        content = ring.seal(old.id, ring.open(old.id, old.key_id, old.content))
        assert not await replica.upkeep.replace_sealed(old, content, "new")
    assert await stored(sql) == 1
    assert await reveal(changed) == "changed"


async def test_a_sealed_content_in_the_row_of_another_note_does_not_open(replica, create, asking, sql):
    mine, other = await create("mine"), await create("other")
    await sql.execute(
        "UPDATE notes SET content = (SELECT content FROM notes WHERE slug = $1) WHERE slug = $2", mine, other
    )
    with pytest.raises(InvalidTag):
        await replica.use.reveal_note(rpc.RevealNote(slug=other), asking.context())


def test_what_is_sealed_opens_for_its_note_and_its_key_alone():
    a, b = key("a"), key("b")
    note, ring = uuid4(), KeyRing(f"{a},{b}")
    assert (ring.sealing_key_id, ring.key_ids) == ("a", ("a", "b"))
    text = "é\0🙂".encode()
    sealed = ring.seal(note, text)
    assert len(sealed) == len(text) + 28
    assert text not in sealed
    assert sealed != ring.seal(note, text), "a nonce was used twice"
    assert KeyRing(f"{b},{a}").open(note, "a", sealed) == text
    with pytest.raises(KeyError):
        KeyRing(b).open(note, "a", sealed)
    same_key = a.partition(":")[2]
    wrong = [(uuid4(), "a", sealed), (note, "b", sealed), (note, "a", sealed[:-1] + bytes([sealed[-1] ^ 1]))]
    for arguments in wrong:
        with pytest.raises(InvalidTag):
            ring.open(*arguments)
    with pytest.raises(InvalidTag):
        KeyRing(f"c:{same_key}").open(note, "c", sealed)


def test_fingerprints_are_equal_for_equal_data_under_one_key():
    a, b = key("a"), key("b")
    ring = KeyRing(f"{a},{b}")
    assert ring.fingerprint("a", b"x") == KeyRing(a).fingerprint("a", b"x")
    assert len({ring.fingerprint(*each) for each in (("a", b"x"), ("a", b"y"), ("b", b"x"))}) == 3


@pytest.mark.parametrize(
    ("ring", "says"),
    [
        ("", "needs an id"),
        (":" + "A" * 43 + "=", "needs an id"),
        ("a:" + "A" * 43 + "=,a:" + "B" * 43 + "=", "needs an id of its own"),
        ("a:" + "A" * 42, "key 1: not 32 bytes"),
        ("a:" + base64.b64encode(b"x" * 31).decode(), "key 1: not 32 bytes"),
        ("a:" + "!" * 44, "key 1: not 32 bytes"),
        ("a:" + "A" * 43 + "=,", "needs an id"),
    ],
)
def test_a_ring_that_cannot_be_used_is_refused_without_showing_a_key(ring, says):
    with pytest.raises(ValueError, match=says) as caught:
        KeyRing(ring)
    assert "AAAA" not in str(caught.value)


# after a backup was restored


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


async def test_more_than_a_batch_burns(replica, sql):
    await fill(sql, BATCH + 1, ends="now() + interval '1 hour'")
    assert await burn_before(replica.upkeep, datetime.now(UTC) + timedelta(seconds=1)) == BATCH + 1
    assert await stored(sql) == 0
