"""Readers who are checked: what they showed holds for the note as it is when they get it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from chassis.passwords import PasswordHashing
from contracts.errors import ErrorCode as Code
from contracts.notes import rpc

pytestmark = pytest.mark.integration

PROOFS = {"link_proof": "l" * 43, "password_proof": "p" * 43}
KEPT = {"keep_before_expiration": True, "expires_at": datetime.now(UTC) + timedelta(hours=1)}


@pytest.fixture
def guesses(sql):
    async def guesses(slug):
        return await sql.fetchval("SELECT guesses FROM notes WHERE slug = $1", slug)

    return guesses


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
    replicas, make_replica, passwords, create_many, reveal_at, asking, claimed
):
    author = asking.somebody()
    (slug,) = await create_many(actor=author, password="old")
    pausing = Paused(passwords)
    slow = make_replica(replicas[1].database, pausing)
    claim = asking.claim() if claimed else None
    reading = asyncio.create_task(reveal_at(slow, slug, password="old", claim=claim))
    await pausing.compared.wait()
    change = rpc.ChangePassword(slug=slug, password="new")
    await replicas[0].use.change_note.password(change, asking.context(author))
    pausing.go_on.set()
    assert await reading is Code.NOTE_PASSWORD_WRONG
    assert await reveal_at(replicas[0], slug, password="new") == slug


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ("password_hash = 'set', version = version + 1", Code.NOTE_PASSWORD_WRONG),
        ("content = NULL, key_id = NULL, erased_at = now(), deleted_at = now()", Code.NOTE_NOT_FOUND),
        ("expires_at = now() - interval '1 s', erase_at = now() - interval '1 s'", Code.NOTE_EXPIRED),
    ],
)
async def test_a_reader_who_waited_for_the_row_is_decided_on_by_what_it_is_then(
    replica, create_many, reveal_at, asking, sql, meanwhile, told
):
    (slug,) = await create_many()
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute(f"UPDATE notes SET {meanwhile} WHERE slug = $1", slug)
    reading = asyncio.create_task(reveal_at(replica, slug))
    await asking.until_blocked(sql)
    await transaction.commit()
    assert await reading is told


async def test_guesses_at_the_same_moment_are_all_counted(replicas, create_many, reveal_at, asking, stored):
    (slug,) = await create_many(link_proof="l" * 43, password_proof="p" * 43)
    shown = {"link_proof": "l" * 43, "password_proof": "w" * 43}
    told = await asyncio.gather(*(reveal_at(replicas[n % 2], slug, **shown) for n in range(40)))
    assert sorted(told) == [Code.NOTE_PASSWORD_WRONG] * 10 + [Code.TOO_MANY_GUESSES] * 30
    # A link that is not complete spends nothing, and is refused as before.
    assert await reveal_at(replicas[0], slug, link_proof="w" * 43) is Code.NOTE_PROOF_WRONG
    assert await stored(slug)


@pytest.mark.parametrize(
    ("shown", "told", "counted"),
    [
        ({"link_proof": "w" * 43}, [Code.NOTE_PROOF_WRONG] * 300, 300),
        (
            PROOFS | {"password_proof": "w" * 43},
            [Code.NOTE_PASSWORD_WRONG] * 10 + [Code.TOO_MANY_GUESSES] * 290,
            10,
        ),
    ],
)
async def test_many_who_are_wrong_at_one_note_hold_up_no_reader_of_another(
    replica, create_many, reveal_at, asking, sql, shown, told, counted
):
    (hot,), others = await create_many(**PROOFS), await create_many(50)
    async with sql.transaction():
        await sql.execute("SELECT FROM notes WHERE slug = $1 FOR UPDATE", hot)
        wrong = [asyncio.create_task(reveal_at(replica, hot, **shown)) for _ in range(300)]
        await asking.until_blocked(sql)
        read = [await reveal_at(replica, slug) for slug in others]  # one by one: until all are at it
    assert sorted(await asyncio.gather(*wrong)) == told
    assert read == others
    assert await sql.fetchval("SELECT refused_attempts FROM notes WHERE slug = $1", hot) == counted


async def test_a_right_guess_waits_for_those_that_are_being_counted(
    replica, create_many, reveal_at, asking, sql
):
    """Else of a thousand at one moment the right one would be told, wherever it stands among them."""
    (slug,) = await create_many(**PROOFS)
    async with sql.transaction():
        await sql.execute("UPDATE notes SET guesses = 10, guesses_since = now() WHERE slug = $1", slug)
        guess = asyncio.create_task(reveal_at(replica, slug, **PROOFS))
        await asking.until_blocked(sql)
    assert await guess is Code.TOO_MANY_GUESSES


async def test_readers_with_the_right_proof_spend_nothing_however_many_come_at_once(
    replicas, create_many, reveal_at, guesses
):
    (slug,) = await create_many(**PROOFS, **KEPT)
    told = await asyncio.gather(*(reveal_at(replicas[n % 2], slug, **PROOFS) for n in range(40)))
    assert told == [slug] * 40
    assert await guesses(slug) == 0


async def test_readers_with_the_right_password_do_not_lock_each_other_out(
    replicas, create_many, reveal_at, guesses
):
    (slug,) = await create_many(password="word", **KEPT)
    told = await asyncio.gather(*(reveal_at(replicas[n % 2], slug, password="word") for n in range(120)))
    assert set(told) == {slug, Code.OVERLOADED}
    assert await guesses(slug) == 0


async def test_after_a_hundred_wrong_passwords_the_right_one_is_refused(replica, create_many, reveal_at, sql):
    (slug,) = await create_many(password="word")
    await sql.execute("UPDATE notes SET guesses = 99, guesses_since = now() WHERE slug = $1", slug)
    assert await reveal_at(replica, slug, password="wrong") is Code.NOTE_PASSWORD_WRONG
    assert await reveal_at(replica, slug, password="word") is Code.TOO_MANY_GUESSES


async def test_a_guess_comes_back_though_the_deadline_passed_while_it_was_compared(
    replica, make_replica, passwords, create_many, reveal_at, guesses, monkeypatch
):
    (slug,) = await create_many(password="word")
    pausing = Paused(passwords)
    reading = asyncio.create_task(reveal_at(make_replica(replica.database, pausing), slug, password="word"))
    await pausing.compared.wait()
    assert await guesses(slug) == 1
    late = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: late)
    pausing.go_on.set()
    assert await reading is Code.DEADLINE_EXCEEDED
    assert await guesses(slug) == 0


async def test_at_a_note_that_has_expired_and_was_not_swept_nothing_is_guessed(
    replica, create_many, reveal_at, asking, sql, guesses, stored
):
    (slug,) = await create_many(password="word")
    await sql.execute("UPDATE notes SET expires_at = now(), erase_at = now() WHERE slug = $1", slug)
    assert await reveal_at(replica, slug, password="wrong", claim=asking.claim()) is Code.NOTE_EXPIRED
    assert await guesses(slug) == 0
    assert await stored(slug)
