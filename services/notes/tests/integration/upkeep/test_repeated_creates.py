"""Creates that are repeated under an idempotency key."""

import asyncio

import pytest

from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration


async def test_the_same_key_and_request_give_the_same_slug_also_elsewhere_and_after_it_was_read(
    replicas, create, reveal, sql, contents
):
    slug = await create(key="k")
    assert await create(key="k", at=replicas[1]) == slug
    await reveal(slug)
    assert await create(key="k") == slug
    assert await sql.fetchval("SELECT count(*) FROM notes") == 1
    assert await contents() == 0


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


async def test_a_repetition_whose_key_has_left_the_ring_is_refused_and_makes_no_second_note(
    replica, make_replica, passwords, create, sql, make_key
):
    await create(key="k")
    rotated = make_replica(replica.database, passwords, sealing_keys=make_key("new"))
    assert await create(key="k", at=rotated) is Code.IDEMPOTENCY_KEY_REUSED
    assert await sql.fetchval("SELECT count(*) FROM notes") == 1
