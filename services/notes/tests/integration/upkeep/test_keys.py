"""Keys of the ring: sealing anew, and what opens under which."""

import asyncio
import base64
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.maintenance import reseal
from notes.storage.upkeep_repository import BATCH

pytestmark = pytest.mark.integration


async def test_sealed_anew_every_note_opens_under_the_new_key_alone(
    replica, make_replica, passwords, sealing_keys, create, reveal, sql, make_key
):
    slugs = [await create(f"note {n}") for n in range(BATCH + 20)]
    await reveal(slugs[0])
    new = make_key("new")
    assert await reseal(replica.upkeep, KeyRing(f"{new},{sealing_keys}")) == (BATCH + 19, [])
    assert await sql.fetch("SELECT DISTINCT key_id FROM notes WHERE content IS NOT NULL") == [("new",)]
    assert await reseal(replica.upkeep, KeyRing(f"{new},{sealing_keys}")) == (0, [])
    rotated = make_replica(replica.database, passwords, sealing_keys=new)
    assert await reveal(slugs[0], at=rotated) is Code.NOTE_ALREADY_READ
    for n in (1, 2, BATCH + 19):
        assert await reveal(slugs[n], at=rotated) == f"note {n}"


async def test_readers_of_notes_that_are_being_sealed_anew_get_each_once_and_nothing_comes_back(
    replicas, make_replica, passwords, sealing_keys, create, reveal, contents, make_key
):
    slugs = [await create(f"note {n}") for n in range(300)]
    ring = f"{make_key('new')},{sealing_keys}"
    rotating = make_replica(replicas[1].database, passwords, sealing_keys=ring)
    sealed = asyncio.create_task(reseal(replicas[0].upkeep, KeyRing(ring)))
    told = [await asyncio.gather(*(reveal(slug, at=rotating) for _ in range(2))) for slug in slugs]
    for n, outcomes in enumerate(told):
        assert sorted(outcomes) == sorted([f"note {n}", Code.NOTE_ALREADY_READ])
    done, unopened = await sealed
    assert 0 < done <= 300
    assert unopened == []
    assert await contents() == 0


async def test_a_note_that_was_read_or_changed_after_it_was_taken_for_sealing_stays_so(
    replica, sealing_keys, create, reveal, asking, contents, make_key
):
    author = asking.somebody()
    read, changed = await create("read"), await create("old", actor=author)
    ring = KeyRing(f"{make_key('new')},{sealing_keys}")
    batch = await replica.upkeep.sealed_under_another("new", UUID(int=0))
    assert await reveal(read) == "read"
    change = rpc.ChangeContent(slug=changed, content="changed")
    await replica.use.change_note.content(change, asking.context(author))
    for old in batch:
        content = ring.seal(old.id, ring.open(old.id, old.key_id, old.content))
        assert not await replica.upkeep.replace_sealed(old, content, "new")
    assert await contents() == 1
    assert await reveal(changed) == "changed"


async def test_a_sealed_content_in_the_row_of_another_note_does_not_open(replica, create, asking, sql):
    mine, other = await create("mine"), await create("other")
    await sql.execute(
        "UPDATE notes SET content = (SELECT content FROM notes WHERE slug = $1) WHERE slug = $2", mine, other
    )
    with pytest.raises(InvalidTag):
        await replica.use.reveal_note(rpc.RevealNote(slug=other), asking.context())


def test_what_is_sealed_opens_for_its_note_and_its_key_alone(make_key):
    a, b = make_key("a"), make_key("b")
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


def test_fingerprints_are_equal_for_equal_data_under_one_key(make_key):
    a, b = make_key("a"), make_key("b")
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
