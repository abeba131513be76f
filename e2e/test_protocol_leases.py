"""How often a note is read, by whom, and until when: leases, views, expiry."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from .conftest import claim, content_of, slug_of, soon

pytestmark = pytest.mark.e2e


async def test_a_claim_reads_again_while_its_lease_lives_and_nobody_else_does(write, view):
    path, mine = await write(), claim()
    first = await view(path, claim=mine)
    assert first.status == 200
    lease = datetime.fromisoformat(first.json["lease_ends_at"]) - datetime.fromisoformat(
        first.json["read_at"]
    )
    assert lease == timedelta(seconds=60)
    again = await view(path, claim=mine)
    assert (again.status, again.json["content"]) == (200, "secret")
    assert again.json["lease_ends_at"] == first.json["lease_ends_at"]
    for other in ({"claim": claim()}, {}):
        refused = await view(path, **other)
        assert (refused.status, refused.json["code"]) == (404, "note_already_read")


async def test_the_acknowledgement_ends_the_lease_and_erases(api, write, view, database):
    path, mine = await write(), claim()
    await view(path, claim=mine)
    assert await content_of(database, path) is not None
    for _ in range(2):
        assert (await api.post(f"{path}/ack", {"claim": mine})).status == 204
    assert await content_of(database, path) is None
    assert (await view(path, claim=mine)).json["code"] == "note_already_read"


async def test_a_foreign_acknowledgement_changes_nothing(api, write, view, database):
    path, mine = await write(), claim()
    await view(path, claim=mine)
    foreign = await api.post(f"{path}/ack", {"claim": claim()})
    assert (foreign.status, foreign.json["code"]) == (404, "note_not_found")
    assert (await view(path, claim=mine)).status == 200


async def test_a_claim_whose_lease_has_ended_gets_no_other_view(write, view, database):
    path, mine = await write(max_views=3), claim()
    await view(path, claim=mine)
    await database.execute(
        "UPDATE notes SET leases = ARRAY[now() - interval '1 second'] WHERE slug = $1", slug_of(path)
    )
    assert (await view(path, claim=mine)).status == 404
    assert (await view(path, claim=claim())).status == 200


async def test_a_lease_ends_with_the_note(write, view):
    expires_at = soon(5)
    path = await write(expires_at=expires_at)
    given = await view(path, claim=claim())
    assert datetime.fromisoformat(given.json["lease_ends_at"]) == datetime.fromisoformat(expires_at)


async def test_without_a_claim_the_content_is_gone_at_once(write, view, database):
    path = await write()
    assert "lease_ends_at" not in (await view(path)).json
    assert await content_of(database, path) is None


async def test_each_view_goes_to_one_claim(write, view, database):
    path = await write(max_views=2)
    first, second = claim(), claim()
    assert (await view(path, claim=first)).status == 200
    assert (await view(path)).status == 200
    assert (await view(path, claim=second)).json["code"] == "note_already_read"
    # The last view had no claim, but the first one's lease still needs the content.
    assert await content_of(database, path) is not None
    assert (await view(path, claim=first)).status == 200


async def test_a_kept_note_is_read_any_number_of_times(api, write, view, database):
    path, mine = await write(keep_before_expiration=True, expires_at=soon()), claim()
    for body in ({}, {"claim": mine}, {"claim": claim()}, {}):
        given = await view(path, **body)
        assert (given.status, "lease_ends_at" in given.json) == (200, False)
        assert given.json["keep_before_expiration"] is True
    assert (await api.post(f"{path}/ack", {"claim": mine})).status == 204
    assert (await view(path)).status == 200
    metadata = (await api.get(f"{path}/meta")).json
    assert (metadata["keep_before_expiration"], metadata["views_left"]) == (True, 1)


async def test_expiry_is_honoured_on_every_path(api, write, view, user, database):
    author = user()
    path = await write(expires_at=soon(), headers=author)
    await database.execute(
        "UPDATE notes SET expires_at = now(), erase_at = now() WHERE slug = $1", slug_of(path)
    )
    for answer in (await api.get(f"{path}/meta"), await view(path), await view(path, claim=claim())):
        assert (answer.status, answer.json["code"]) == (410, "note_expired")
    assert (await api.get(f"{path}/status", headers=author)).json["state"] == "expired"
    assert [note["content"] for note in (await api.get("/api/v1/note", headers=author)).json] == [""]


async def test_a_tombstone_keeps_the_slug(api, write, view):
    path = await write(slug=f"once-{uuid4()}")
    await view(path)
    taken = await api.post("/api/v1/note", {"content": "x", "slug": slug_of(path)})
    assert (taken.status, taken.json["code"]) == (400, "slug_taken")
