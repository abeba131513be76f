"""Sessions over the whole stack: what ends ends everywhere, within a second."""

import asyncio
import time
from uuid import uuid4

import pytest

from .letters import PASSWORD

pytestmark = pytest.mark.e2e

OTHER = "staple battery horse"


@pytest.fixture
def statuses(api, stack):
    """`await statuses(account)`: of a request for notes with its access token, at every gateway."""

    async def ask(somebody):
        urls = [f"{gateway}/api/v1/note" for gateway in stack.endpoints.gateways]
        return [(await api.get(url, headers=somebody.headers)).status for url in urls]

    return ask


@pytest.fixture
def is_over(statuses):
    """Fails unless every gateway refuses the access token within a second."""

    async def is_over(somebody):
        deadline = time.monotonic() + 1
        while set(await statuses(somebody)) != {401}:
            assert time.monotonic() < deadline, "an access token outlives its session"
            await asyncio.sleep(0.01)

    return is_over


async def refused(api, refresh_token):
    answer = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": refresh_token})
    return answer.status, answer.json.get("code")


async def test_a_session_goes_on_and_its_old_token_does_not(api, account):
    somebody = await account()
    first = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": somebody.refresh_token})
    assert first.status == 200
    again = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": somebody.refresh_token})
    assert again.json["refresh_token"] == first.json["refresh_token"] != somebody.refresh_token
    headers = {"Authorization": f"Bearer {first.json['access_token']}"}
    assert (await api.get("/api/v1/me", headers=headers)).json["email"] == somebody.email


async def test_signing_out_ends_one_session_everywhere_and_no_other(api, account, sign_in, statuses, is_over):
    here = await account()
    there = await sign_in(here.email)
    assert set(await statuses(here)) == {200}
    out = await api.post("/api/v1/auth/logout", {"refresh_token": here.refresh_token}, headers=here.headers)
    assert (out.status, out.body) == (204, b"")
    await is_over(here)
    assert await refused(api, here.refresh_token) == (401, "session_invalid")
    assert set(await statuses(there)) == {200}


async def everywhere(api, somebody, _):
    return await api.post("/api/v1/auth/logout/all", headers=somebody.headers)


async def change(api, somebody, _):
    body = {"current_password": PASSWORD, "new_password": OTHER}
    return await api.post("/api/v1/auth/change-password", body, headers=somebody.headers)


async def reset(api, somebody, link_of):
    await api.post("/api/v1/auth/reset-password", {"email": somebody.email})
    token = (await link_of(somebody.email)).partition("#")[2]
    return await api.post("/api/v1/auth/reset-password/confirm", {"token": token, "password": OTHER})


async def change_email(api, somebody, link_of):
    wish = {"new_email": f"{uuid4().hex}@example.com", "current_password": PASSWORD}
    await api.post("/api/v1/auth/change-email", wish, headers=somebody.headers)
    token = (await link_of(somebody.email)).partition("#")[2]
    return await api.post("/api/v1/auth/change-email/confirm", {"token": token})


async def delete(api, somebody, _):
    return await api.call("DELETE", "/api/v1/me", json={"password": PASSWORD}, headers=somebody.headers)


@pytest.mark.parametrize("end", [everywhere, change, reset, change_email, delete])
async def test_what_ends_all_sessions_ends_their_access_tokens(
    api, account, sign_in, link_of, statuses, is_over, end
):
    here = await account()
    there = await sign_in(here.email)
    assert set(await statuses(here) + await statuses(there)) == {200}
    answer = await end(api, here, link_of)
    assert answer.status in {200, 204}, answer.text
    await is_over(here)
    await is_over(there)
    assert await refused(api, here.refresh_token) == (401, "session_invalid")
    assert await refused(api, there.refresh_token) == (401, "session_invalid")


async def test_sessions_are_listed_and_one_of_them_ended(api, account, sign_in, statuses, is_over):
    here = await account()
    there = await sign_in(here.email)
    listed = (await api.get("/api/v1/auth/sessions", headers=here.headers)).json
    assert {session["id"]: session["current"] for session in listed} == {
        here.session_id: True,
        there.session_id: False,
    }
    path = f"/api/v1/auth/sessions/{there.session_id}"
    assert (await api.call("DELETE", path, headers=here.headers)).status == 204
    await is_over(there)
    assert set(await statuses(here)) == {200}
    again = await api.call("DELETE", path, headers=here.headers)
    assert (again.status, again.json["code"]) == (404, "session_not_found")


async def test_a_browser_keeps_its_session_in_a_cookie(api, stack, account):
    somebody = await account()
    own = {"Origin": stack.endpoints.gateway}

    def cookie(answer):
        return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}

    credentials = {"email": somebody.email, "password": PASSWORD}
    opened = await api.post("/api/v1/session", credentials, headers=own)
    assert (opened.status, set(opened.json)) == (200, {"access_token"})
    refreshed = await api.post("/api/v1/session/refresh", headers=own | cookie(opened))
    assert refreshed.status == 200
    foreign = {"Origin": "https://elsewhere.example"} | cookie(refreshed)
    assert (await api.post("/api/v1/session/refresh", headers=foreign)).json["code"] == "origin_refused"
    closed = await api.call("DELETE", "/api/v1/session", headers=own | cookie(refreshed))
    assert closed.status == 204
    over = await api.post("/api/v1/session/refresh", headers=own | cookie(refreshed))
    assert (over.status, over.json["code"]) == (401, "session_invalid")


async def test_an_export_is_whole(api, account, write):
    somebody = await account()
    slugs = [(await write(f"note {number}", somebody.headers)).rpartition("/")[2] for number in range(3)]
    export = (await api.get("/api/v1/me/export", headers=somebody.headers)).json
    assert export["account"]["email"] == somebody.email
    assert [session["id"] for session in export["sessions"]] == [somebody.session_id]
    assert sorted(note["slug"] for note in export["notes"]) == sorted(slugs)
    assert (await api.get("/api/v1/me", headers=somebody.headers)).json["notes_created"] == len(slugs)
