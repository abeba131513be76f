"""The HTTP API over the whole stack: what a person with curl sees."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest

pytestmark = pytest.mark.e2e

UNKNOWN = "no-such-note"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


async def test_ping(api):
    answer = await api.get("/api/ping")
    assert (answer.status, answer.json) == (200, {"message": "pong"})


@pytest.mark.parametrize(("method", "suffix"), [("POST", "/view"), ("GET", "")])
async def test_a_note_is_read_once(api, method, suffix):
    created = await api.post("/api/v1/note", {"content": "a\0b é 漢 🙂\n"})
    assert created.status == 201
    assert set(created.json) == {"slug"}
    path = f"/api/v1/note/{created.json['slug']}"

    metadata = await api.get(f"{path}/meta")
    assert metadata.status == 200
    assert set(metadata.json) == {
        "created_at",
        "expires_at",
        "has_password",
        "keep_before_expiration",
        "views_left",
    }

    first = await api.call(method, path + suffix)
    assert first.status == 200
    assert first.json["content"] == "a\0b é 漢 🙂\n"
    assert first.json["slug"] == created.json["slug"]
    assert all(TIME.fullmatch(first.json[name]) for name in ("created_at", "expires_at", "read_at"))

    for again in (await api.call(method, path + suffix), await api.get(f"{path}/meta")):
        assert again.status == 404
        assert again.headers["Content-Type"] == "application/problem+json"
        assert again.json["code"] == "note_already_read"
        assert again.json["read_at"] == first.json["read_at"]
        assert again.json["created_at"] == first.json["created_at"]
        assert again.json["content"] == ""
        assert again.json["message"] == again.json["detail"] == "The note was already read."


async def test_a_head_request_burns_nothing(api):
    slug = (await api.post("/api/v1/note", {"content": "x"})).json["slug"]
    for path in (f"/api/v1/note/{slug}", f"/api/v1/note/{slug}/view"):
        assert (await api.call("HEAD", path)).status == 405
    assert (await api.post(f"/api/v1/note/{slug}/view")).status == 200


async def test_opening_the_page_burns_nothing(api):
    slug = (await api.post("/api/v1/note", {"content": "x"})).json["slug"]
    page = await api.get(f"/secret/{slug}")
    assert page.status == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await api.post(f"/api/v1/note/{slug}/view")).status == 200


async def test_a_slug_of_ones_own(api):
    slug = f"mine-{uuid4()}"
    assert (await api.post("/api/v1/note", {"content": "x", "slug": slug})).json == {"slug": slug}
    taken = await api.post("/api/v1/note", {"content": "y", "slug": slug})
    assert (taken.status, taken.json["code"]) == (400, "slug_taken")
    assert taken.json["message"] == "slug is already in use"
    assert (await api.post(f"/api/v1/note/{slug}/view")).json["content"] == "x"


async def test_a_note_expires(api):
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    created = await api.post("/api/v1/note", {"content": "x", "expires_at": soon.isoformat()})
    path = f"/api/v1/note/{created.json['slug']}"
    assert (await api.get(f"{path}/meta")).status == 200
    await asyncio.sleep((soon - datetime.now(UTC)).total_seconds() + 0.05)
    for answer in (await api.get(f"{path}/meta"), await api.post(f"{path}/view"), await api.get(path)):
        assert (answer.status, answer.json["code"]) == (410, "note_expired")


async def test_an_unknown_note_is_not_found(api):
    for answer in (
        await api.get(f"/api/v1/note/{UNKNOWN}/meta"),
        await api.get(f"/api/v1/note/{UNKNOWN}"),
        await api.post(f"/api/v1/note/{UNKNOWN}/view"),
    ):
        assert (answer.status, answer.json["code"]) == (404, "note_not_found")


def signed(key, **changes) -> str:
    claims = {
        "iss": "onasty",
        "aud": "onasty",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "exp": int(time.time()) + 60,
    }
    return jwt.encode(claims | changes, key, algorithm="EdDSA", headers={"kid": "test"})


async def test_a_good_token_is_taken_and_a_bad_one_refused_also_where_none_is_needed(api, signing_key):
    good = {"Authorization": f"Bearer {signed(signing_key)}"}
    assert (await api.post("/api/v1/note", {"content": "x"}, headers=good)).status == 201
    for header in ("Bearer", "Bearer x", f"Bearer {signed(signing_key, exp=1)}", "Basic eDp5"):
        bad = await api.post("/api/v1/note", {"content": "x"}, headers={"Authorization": header})
        assert (bad.status, bad.json["code"]) == (401, "unauthenticated")
        assert bad.headers["WWW-Authenticate"].startswith("Bearer")


async def test_every_answer_has_a_request_id_and_is_not_stored(api):
    for path in ("/api/ping", f"/api/v1/note/{UNKNOWN}/meta", "/api/nowhere"):
        answer = await api.get(path, headers={"X-Request-Id": "mine-1"})
        assert answer.headers["X-Request-Id"] == "mine-1"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.json.get("request_id", "mine-1") == "mine-1"
    forged = await api.get("/api/ping", headers={"X-Request-Id": "x" * 65})
    assert re.fullmatch(r"[0-9a-f]{32}", forged.headers["X-Request-Id"])


async def test_what_is_not_there_and_what_is_not_allowed_are_problems(api):
    nowhere = await api.get("/api/v1/nowhere")
    assert (nowhere.status, nowhere.json["code"]) == (404, "not_found")
    wrong = await api.call("DELETE", "/api/ping")
    assert (wrong.status, wrong.json["code"], wrong.headers["Allow"]) == (405, "method_not_allowed", "GET")
