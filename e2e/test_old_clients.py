"""A client written for the Go Onasty works unmodified: what it sends is taken, what it reads is there.

Pinned: paths, statuses, names of fields, how an absent value and a time are written, `message` in refusals.
A new field may come; none of these may go.
"""

import re
from uuid import uuid4

import pytest

from .conftest import soon

pytestmark = pytest.mark.e2e

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ZERO_TIME = "0001-01-01T00:00:00Z"
# As its client writes a note that only has a content.
PLAIN = {
    "content": "from an old client",
    "slug": "",
    "password": "",
    "keep_before_expiration": False,
    "expires_at": ZERO_TIME,
}
NOTE = {"content": str, "keep_before_expiration": bool, "created_at": TIME}
LISTED = {**NOTE, "slug": str, "has_password": bool}
METADATA = {"created_at": TIME, "has_password": bool}


def has(shape, body):
    for name, kind in shape.items():
        matches = kind.fullmatch(body[name]) if kind is TIME else isinstance(body[name], kind)
        assert matches, name
    for name in ("expires_at", "read_at"):
        # Left out where there is none: never null, never Go's zero time.
        assert name not in body or (TIME.fullmatch(body[name]) and body[name] != ZERO_TIME), name


def refused(answer, status, message):
    assert answer.status == status
    assert message in answer.json["message"]
    assert answer.headers["Content-Type"].endswith("json")


async def created(api, headers=None, **wishes):
    answer = await api.post("/api/v1/note", PLAIN | wishes, headers=headers)
    assert answer.status == 201, answer.text
    assert isinstance(answer.json["slug"], str)
    return f"/api/v1/note/{answer.json['slug']}"


@pytest.mark.parametrize("absent", [{}, {"expires_at": None, "slug": None, "password": None}])
async def test_what_is_absent_may_be_empty_null_or_the_zero_time(api, absent):
    path = await created(api, **absent)
    assert len(path.rpartition("/")[2]) > 20
    assert (await api.get(f"{path}/meta")).json["has_password"] is False
    assert (await api.get(path)).json["content"] == PLAIN["content"]


async def test_a_note_is_read_by_get_and_the_second_reader_learns_when(api):
    path = await created(api)
    read = await api.get(path)
    assert read.status == 200
    has(NOTE, read.json)
    again = await api.get(path)
    refused(again, 404, "already read")
    assert again.json["content"] == ""
    assert TIME.fullmatch(again.json["read_at"])
    assert again.json["created_at"] == read.json["created_at"]


async def test_a_note_with_a_password_is_read_by_post(api):
    path = await created(api, password="pw")
    metadata = await api.get(f"{path}/meta")
    assert (metadata.status, metadata.json["has_password"]) == (200, True)
    has(METADATA, metadata.json)
    refused(await api.get(path), 404, "password")
    refused(await api.post(f"{path}/view", {"password": "wrong"}), 404, "password")
    read = await api.post(f"{path}/view", {"password": "pw"})
    assert read.status == 200
    has(NOTE, read.json)


async def test_a_note_that_is_kept_is_read_again(api):
    path = await created(api, expires_at=soon(), keep_before_expiration=True)
    for _ in range(2):
        read = await api.get(path)
        assert (read.status, read.json["keep_before_expiration"]) == (200, True)
        has(NOTE, read.json)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"content": ""}, "content"),
        ({"slug": "a b"}, "slug"),
        ({"slug": "unread"}, "slug"),
        ({"keep_before_expiration": True}, "keep_before_expiration"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
async def test_a_note_that_cannot_be_is_a_bad_request(api, wishes, message):
    refused(await api.post("/api/v1/note", PLAIN | wishes), 400, message)


async def test_a_slug_that_is_taken_is_a_bad_request(api):
    slug = uuid4().hex
    await created(api, slug=slug)
    refused(await api.post("/api/v1/note", PLAIN | {"slug": slug}), 400, "slug is already in use")


async def test_an_author_lists_changes_and_deletes(api, user):
    author = user()
    for listing in ("", "/read", "/unread"):
        nobody = await api.get(f"/api/v1/note{listing}")
        refused(nobody, 401, "")
    path = await created(api, author)
    for listing, count in (("", 1), ("/read", 0), ("/unread", 1)):
        notes = await api.get(f"/api/v1/note{listing}", headers=author)
        assert (notes.status, len(notes.json)) == (200, count)
        for note in notes.json:
            has(LISTED, note)
            assert note["content"] == PLAIN["content"]
            assert "read_at" not in note

    async def change(what, body):
        answer = await api.call("PATCH", f"{path}/{what}", json=body, headers=author)
        assert (answer.status, answer.body) == (200, b"")

    await change("expires", {"expires_at": soon()})
    await change("expires", {"keep_before_expiration": True})
    await change("password", {"password": "pw"})
    deleted = await api.call("DELETE", path, headers=author)
    assert (deleted.status, deleted.body) == (204, b"")
    refused(await api.get(path), 404, "no such note")


async def test_an_account_is_made_and_signed_in_to(api, link_of):
    credentials = {"email": f"{uuid4().hex}@example.com", "password": "correct horse battery"}
    assert (await api.post("/api/v1/auth/signup", credentials)).status == 201
    refused(await api.post("/api/v1/auth/signin", credentials), 400, "user is not activated")
    again = await api.post("/api/v1/auth/resend-verification-email", {"email": credentials["email"]})
    assert again.status == 200
    token = (await link_of(credentials["email"])).partition("#")[2]
    assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200
    tokens = await api.post("/api/v1/auth/signin", credentials)
    assert tokens.status == 200
    assert all(isinstance(tokens.json[name], str) for name in ("access_token", "refresh_token"))
    wrong = await api.post("/api/v1/auth/signin", credentials | {"password": "wrong password"})
    refused(wrong, 400, "wrong")
    bearer = {"Authorization": f"Bearer {tokens.json['access_token']}"}
    assert (await api.get("/api/v1/note", headers=bearer)).json == []


async def test_an_account_lives_as_it_did(api, account, link_of):
    somebody = await account()
    me = await api.get("/api/v1/me", headers=somebody.headers)
    assert me.status == 200
    assert isinstance(me.json["email"], str)
    assert all(TIME.fullmatch(me.json[name]) for name in ("created_at", "last_login_at"))
    assert me.json["notes_created"] == 0
    refused(await api.get("/api/v1/me"), 401, "")

    tokens = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": somebody.refresh_token})
    assert tokens.status == 200
    assert all(isinstance(tokens.json[name], str) for name in ("access_token", "refresh_token"))
    bearer = {"Authorization": f"Bearer {tokens.json['access_token']}"}

    # It sends no current_password; so soon after its sign-in none is asked.
    new = f"{uuid4().hex}@example.com"
    asked = await api.post("/api/v1/auth/change-email", {"new_email": new}, headers=bearer)
    assert asked.status == 200
    token = (await link_of(somebody.email)).partition("#")[2]
    page = await api.get(f"/api/v1/auth/change-email/{token}", allow_redirects=False)
    assert page.status == 303
    assert page.headers["Location"].endswith(f"/change-email#{token}")
    assert (await api.post(f"/api/v1/auth/change-email/{token}")).status == 200

    asked = await api.post("/api/v1/auth/reset-password", {"email": new})
    assert asked.status == 200
    token = (await link_of(new)).partition("#")[2]
    reset = await api.post(f"/api/v1/auth/reset-password/{token}", {"password": "staple battery horse"})
    assert reset.status == 200

    credentials = {"email": new, "password": "staple battery horse"}
    tokens = (await api.post("/api/v1/auth/signin", credentials)).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    change = {"current_password": credentials["password"], "new_password": "correct horse battery"}
    assert (await api.post("/api/v1/auth/change-password", change, headers=bearer)).status == 200

    tokens = (await api.post("/api/v1/auth/signin", credentials | {"password": change["new_password"]})).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    out = await api.post("/api/v1/auth/logout", {"refresh_token": tokens["refresh_token"]}, headers=bearer)
    assert (out.status, out.body) == (204, b"")
    tokens = (await api.post("/api/v1/auth/signin", credentials | {"password": change["new_password"]})).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await api.post("/api/v1/auth/logout/all", headers=bearer)).status == 204


async def test_a_link_in_a_path_verifies_by_post_and_is_shown_by_get(api, link_of):
    credentials = {"email": f"{uuid4().hex}@example.com", "password": "correct horse battery"}
    await api.post("/api/v1/auth/signup", credentials)
    token = (await link_of(credentials["email"])).partition("#")[2]
    for _ in range(2):
        page = await api.get(f"/api/v1/auth/verify/{token}")
        # Whoever follows gets a page, and nothing was used up.
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (await api.post(f"/api/v1/auth/verify/{token}")).status == 200
    refused(await api.post(f"/api/v1/auth/verify/{token}"), 400, "")


@pytest.mark.parametrize("path", ["/api/v1/auth/oauth/google", "/api/v1/oauth/google"])
async def test_both_paths_of_oauth_are_there(api, path):
    # No provider is configured here; with one, the first is a 303 to it.
    refused(await api.get(path, allow_redirects=False), 404, "")
    back = await api.get(f"{path}/callback?state=s&code=c", allow_redirects=False)
    assert back.status == 302
    assert back.headers["Location"].endswith("/#oauth=oauth_state_invalid")
