"""The life of a note over HTTP: leases, protection, lifetimes, authors, repeated creates."""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import jwt
import pytest

pytestmark = pytest.mark.e2e


def claim() -> str:
    return secrets.token_urlsafe(16)


def proof() -> str:
    return secrets.token_urlsafe(32)


def soon(seconds: float = 3600) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def write(api):
    """Write a note; gives its path."""

    async def write(content: str = "secret", headers=None, **wishes) -> str:
        created = await api.post("/api/v1/note", {"content": content, **wishes}, headers=headers)
        assert created.status == 201, created.text
        return f"/api/v1/note/{created.json['slug']}"

    return write


@pytest.fixture
def view(api):
    async def view(path: str, **body):
        return await api.post(f"{path}/view", body)

    return view


@pytest.fixture
def user(signing_key):
    """Headers of a signed-in user; each call is somebody new."""

    def sign_in() -> dict[str, str]:
        claims = {
            "iss": "onasty",
            "aud": "onasty",
            "sub": str(uuid4()),
            "sid": str(uuid4()),
            "exp": int(time.time()) + 600,
        }
        token = jwt.encode(claims, signing_key, algorithm="EdDSA", headers={"kid": "test"})
        return {"Authorization": f"Bearer {token}"}

    return sign_in


@pytest.fixture
async def database(stack):
    connection = await asyncpg.connect(stack.endpoints.postgres["notes"])
    yield connection
    await connection.close()


def slug_of(path: str) -> str:
    return path.rpartition("/")[2]


async def content_of(database, path: str) -> bytes | None:
    return await database.fetchval("SELECT content FROM notes WHERE slug = $1", slug_of(path))


# --- the lease ---


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


# --- protection ---


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


# --- lifetimes ---


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


# --- authors and manage tokens ---


async def test_the_holder_of_the_manage_token_sees_and_ends_it(api, write, view):
    token = {"Onasty-Manage-Token": proof()}
    path = await write(manage_token=token["Onasty-Manage-Token"], max_views=2, password="pw")
    await view(path, password="wrong")
    await view(path, password="pw")
    status = (await api.get(f"{path}/status", headers=token)).json
    assert (status["state"], status["views_taken"], status["max_views"]) == ("revealed", 1, 2)
    assert status["refused_attempts"] == 1
    for headers in ({}, {"Onasty-Manage-Token": proof()}):
        assert (await api.get(f"{path}/status", headers=headers)).json["code"] == "note_not_found"
        assert (await api.call("DELETE", path, headers=headers)).json["code"] == "note_not_found"
    for _ in range(2):
        assert (await api.call("DELETE", path, headers=token)).status == 204
    assert (await view(path, password="pw")).json["code"] == "note_not_found"


async def test_deletion_beats_leases(api, write, view, user, database):
    author, mine = user(), claim()
    path = await write(headers=author)
    await view(path, claim=mine)
    assert (await api.call("DELETE", path, headers=author)).status == 204
    assert await content_of(database, path) is None
    assert (await view(path, claim=mine)).json["code"] == "note_not_found"
    assert (await api.get("/api/v1/note", headers=author)).json == []


async def test_lists_show_an_author_their_notes_and_nobody_elses(api, write, view, user):
    author, other = user(), user()
    paths = [await write(f"note {n}", headers=author) for n in range(5)]
    await write("foreign", headers=other)
    await view(paths[0])
    link = proof()
    await write("sealed", headers=author, link_proof=link, encryption="h")

    everything = (await api.get("/api/v1/note", headers=author)).json
    assert [note["content"] for note in everything] == ["", "note 4", "note 3", "note 2", "note 1", ""]
    assert [note["content"] for note in (await api.get("/api/v1/note/read", headers=author)).json] == [""]
    assert len((await api.get("/api/v1/note/unread", headers=author)).json) == 5
    assert (await api.get("/api/v1/note")).status == 401


async def test_a_list_is_walked_by_its_links(api, write, user):
    author = user()
    written = [slug_of(await write(headers=author)) for _ in range(7)]
    seen, path = [], "/api/v1/note?limit=3"
    while path:
        page = await api.get(path, headers=author)
        seen += [note["slug"] for note in page.json]
        link = page.headers.get("Link")
        path = link.split(">")[0].lstrip("<") if link else None
    assert seen == written[::-1]
    for query in ("limit=0", "limit=101", "limit=x", "after=x"):
        assert (await api.get(f"/api/v1/note?{query}", headers=author)).status == 400


async def test_an_unread_note_changes_for_its_author(api, write, view, user):
    author = user()
    path = await write(headers=author)
    new = soon(7200)
    assert (
        await api.call("PATCH", f"{path}/expires", json={"expires_at": new}, headers=author)
    ).status == 200
    assert (
        await api.call("PATCH", f"{path}/password", json={"password": "pw"}, headers=author)
    ).status == 200
    changed = await api.call("PATCH", f"{path}/content", json={"content": "new"}, headers=author)
    assert changed.status == 200
    metadata = (await api.get(f"{path}/meta")).json
    assert datetime.fromisoformat(metadata["expires_at"]) == datetime.fromisoformat(new)
    assert (await view(path)).json["code"] == "note_password_wrong"
    assert (await view(path, password="pw")).json["content"] == "new"


CHANGES = {
    "expires": {"expires_at": soon(7200)},
    "password": {"password": "pw"},
    "content": {"content": "new"},
}


@pytest.mark.parametrize("what", CHANGES)
async def test_nobody_else_changes_a_note_and_nobody_a_read_one(api, write, view, user, what):
    author = user()
    path = await write(headers=author, max_views=2)

    async def change(headers):
        return await api.call("PATCH", f"{path}/{what}", json=CHANGES[what], headers=headers)

    assert (await change({})).status == 401
    assert (await change(user())).json["code"] == "note_not_found"
    assert (await view(path, claim=claim())).json["content"] == "secret"
    refused = await change(author)
    assert (refused.status, refused.json["code"]) == (404, "note_already_read")


@pytest.mark.parametrize("what", ["password", "content"])
async def test_what_a_client_encrypted_only_clients_change(api, write, user, what):
    author = user()
    path = await write(headers=author, link_proof=proof(), encryption="h")
    refused = await api.call("PATCH", f"{path}/{what}", json=CHANGES[what], headers=author)
    assert (refused.status, refused.json["code"]) == (400, "invalid_request")


# --- repeating a create ---


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
