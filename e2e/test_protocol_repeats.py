"""A create under an idempotency key may be repeated."""

import asyncio
from uuid import uuid4

import pytest

pytestmark = pytest.mark.e2e


async def test_the_same_create_under_one_key_is_one_note(api, database):
    key, body = {"Idempotency-Key": str(uuid4())}, {"content": f"only once {uuid4()}"}
    answers = await asyncio.gather(*(api.post("/api/v1/note", body, headers=key) for _ in range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["slug"] for answer in answers}) == 1
    other = await api.post("/api/v1/note", {"content": "another"}, headers=key)
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")


async def test_a_key_belongs_to_who_sent_it(api, user):
    key, body = {"Idempotency-Key": str(uuid4())}, {"content": "x"}
    slugs = {
        (await api.post("/api/v1/note", body, headers={**key, **who})).json["slug"]
        for who in ({}, user(), user())
    }
    assert len(slugs) == 3


@pytest.mark.parametrize("key", ["", "k" * 256, "é"])
async def test_a_key_that_is_none_is_refused(api, key):
    answer = await api.post("/api/v1/note", {"content": "x"}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
