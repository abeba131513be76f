"""What a note asks of its reader: a password, or proofs of the link's key."""

import asyncio

import pytest

from .conftest import claim, proof, slug_of

pytestmark = pytest.mark.e2e


async def test_a_wrong_or_missing_password_burns_nothing(api, write, view):
    path = await write(password="open sesame")
    assert (await api.get(f"{path}/meta")).json["has_password"] is True
    for body in ({}, {"password": "wrong"}, {"password": ""}):
        refused = await view(path, **body)
        assert (refused.status, refused.json["code"]) == (404, "note_password_wrong")
    assert (await api.get(path)).json["code"] == "note_password_wrong"
    given = await view(path, password="open sesame")
    assert (given.status, given.json["content"], given.json["has_password"]) == (200, "secret", True)
    assert (await view(path, password="open sesame")).json["code"] == "note_already_read"


async def test_a_lease_asks_for_the_password_as_well(write, view):
    path, mine = await write(password="open sesame"), claim()
    assert (await view(path, password="open sesame", claim=mine)).status == 200
    assert (await view(path, claim=mine)).json["code"] == "note_password_wrong"
    assert (await view(path, password="open sesame", claim=mine)).status == 200


async def test_who_has_the_url_without_its_fragment_burns_nothing(api, write, view):
    link = proof()
    path = await write(link_proof=link, encryption="header")
    assert (await api.get(f"{path}/meta")).json["encryption"] == "header"
    for _ in range(30):  # a scanner: refused, and not counted as a guess
        assert (await api.get(path)).json["code"] == "note_proof_wrong"
        assert (await view(path, link_proof=proof())).json["code"] == "note_proof_wrong"
    given = await view(path, link_proof=link, claim=claim())
    assert (given.status, given.json["encryption"]) == (200, "header")


async def test_ten_wrong_password_proofs_an_hour(write, view, database):
    link, password = proof(), proof()
    path = await write(link_proof=link, password_proof=password)
    answers = await asyncio.gather(*(view(path, link_proof=link, password_proof=proof()) for _ in range(30)))
    codes = [answer.json["code"] for answer in answers]
    assert codes.count("note_password_wrong") == 10
    assert codes.count("too_many_guesses") == 20
    refused = await view(path, link_proof=link, password_proof=password)
    assert (refused.status, refused.json["code"]) == (429, "too_many_guesses")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    # A stranger without the link spends none of them, and an hour later there are new ones.
    await database.execute(
        "UPDATE notes SET guesses_since = now() - interval '61 minutes' WHERE slug = $1", slug_of(path)
    )
    assert (await view(path, link_proof=link, password_proof=password)).status == 200


async def test_a_right_password_spends_no_guess(write, view):
    link, password = proof(), proof()
    path = await write(link_proof=link, password_proof=password, max_views=20)
    for _ in range(15):
        assert (await view(path, link_proof=link, password_proof=password)).status == 200
