"""Sessions of browsers: the cookie, who may use it, and what it never does."""

from http.cookies import SimpleCookie

import pytest

from contracts.auth.rpc import (
    Accepted,
    CurrentUser,
    ListSessions,
    RefreshSession,
    SignIn,
    SignOut,
    Tokens,
)
from contracts.errors import ErrorCode, ServiceError

pytestmark = pytest.mark.integration

OWN = {"Origin": "http://127.0.0.1:8080"}
NAME = "__Host-onasty-session"
COOKIE = {"Cookie": f"{NAME}=first"}
TOKENS = Tokens(access_token="a.b.c", refresh_token="second")
CREDENTIALS = {"email": "ada@example.com", "password": "x"}


async def ask(http, method, path, **options):
    async with http.request(method, path, **options) as answer:
        await answer.read()
        return answer


def cookie(answer):
    (header,) = answer.headers.getall("Set-Cookie")
    (morsel,) = SimpleCookie(header).values()
    assert (morsel.key, morsel["path"], morsel["samesite"]) == (NAME, "/", "Strict")
    assert morsel["httponly"]
    assert morsel["secure"]
    assert morsel["domain"] == ""
    return morsel.value, int(morsel["max-age"])


async def test_a_browser_signs_in_goes_on_and_out_without_seeing_the_refresh_token(http, serving):
    answers = {SignIn: TOKENS, RefreshSession: TOKENS, SignOut: Accepted()}
    async with serving("auth", answers) as auth:
        opened = await ask(http, "POST", "/api/v1/session", json=CREDENTIALS, headers=OWN)
        assert (opened.status, await opened.json()) == (200, {"access_token": "a.b.c"})
        assert cookie(opened) == ("second", 30 * 24 * 3600)
        refreshed = await ask(http, "POST", "/api/v1/session/refresh", headers=OWN | COOKIE)
        assert (refreshed.status, await refreshed.json()) == (200, {"access_token": "a.b.c"})
        assert cookie(refreshed)[0] == "second"
        closed = await ask(http, "DELETE", "/api/v1/session", headers=OWN | COOKIE)
        assert (closed.status, cookie(closed)) == (204, ("", 0))
    assert [request.model_dump() for request, _ in auth.asked] == [
        CREDENTIALS,
        {"refresh_token": "first"},
        {"refresh_token": "first"},
    ]


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://127.0.0.1",
        "https://127.0.0.1:8080",
        "http://localhost:8080",
        "http://127.0.0.1:8080.example.com",
        "http://127.0.0.1:8080/",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/session"), ("POST", "/session/refresh"), ("DELETE", "/session")]
)
async def test_only_our_own_pages_are_answered(http, serving, method, path, origin):
    headers = COOKIE | ({"Origin": origin} if origin else {})
    async with serving("auth", {SignIn: TOKENS, RefreshSession: TOKENS, SignOut: Accepted()}) as auth:
        answer = await ask(http, method, f"/api/v1{path}", json=CREDENTIALS, headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (403, "origin_refused")
    assert "Set-Cookie" not in answer.headers
    assert auth.asked == []


async def test_two_origins_are_none(http):
    headers = [("Origin", OWN["Origin"]), ("Origin", "https://elsewhere.example")]
    assert (await ask(http, "DELETE", "/api/v1/session", headers=headers)).status == 403


async def test_without_a_cookie_nobody_is_signed_in_and_everybody_signed_out(http, serving):
    async with serving("auth", {RefreshSession: TOKENS, SignOut: Accepted()}) as auth:
        for headers in (OWN, OWN | {"Cookie": f"{NAME}="}, OWN | {"Cookie": f"{NAME}={'x' * 3000}"}):
            refused = await ask(http, "POST", "/api/v1/session/refresh", headers=headers)
            assert (refused.status, (await refused.json())["code"]) == (401, "session_invalid")
            assert (await ask(http, "DELETE", "/api/v1/session", headers=headers)).status == 204
    assert auth.asked == []


async def test_a_refusal_leaves_the_cookie_which_another_tab_may_have_been_given(http, serving):
    invalid = ServiceError(ErrorCode.SESSION_INVALID, "over")
    async with serving("auth", {RefreshSession: invalid}):
        refused = await ask(http, "POST", "/api/v1/session/refresh", headers=OWN | COOKIE)
    assert refused.status == 401
    assert "Set-Cookie" not in refused.headers


async def test_everywhere_else_the_cookie_is_nobody(http, serving):
    unauthenticated = ServiceError(ErrorCode.UNAUTHENTICATED, "no")
    async with serving("auth", {ListSessions: unauthenticated, CurrentUser: unauthenticated}) as auth:
        for path in ("/api/v1/auth/sessions", "/api/v1/me"):
            assert (await ask(http, "GET", path, headers=OWN | COOKIE)).status == 401
        logout = await ask(
            http, "POST", "/api/v1/auth/logout", json={"refresh_token": "x"}, headers=OWN | COOKIE
        )
        assert logout.status == 401
    assert all(context.actor is None for _, context in auth.asked)
    assert len(auth.asked) == 2
