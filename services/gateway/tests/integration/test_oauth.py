"""Signing in elsewhere: cookies, redirects, and no token in any of them."""

from http.cookies import SimpleCookie

import pytest

from contracts.auth.rpc import (
    BeginOauth,
    CompleteOauth,
    ListProviders,
    OauthBegun,
    OauthProvider,
    ProvidersReply,
    Tokens,
)
from contracts.errors import ErrorCode, ServiceError

pytestmark = pytest.mark.integration

PATHS = ["/api/v1/auth/oauth/google", "/api/v1/oauth/google"]
ELSEWHERE = "https://provider.example/authorize?state=s"
BEGUN = OauthBegun(authorization_url=ELSEWHERE, binding="bound")
TOKENS = Tokens(access_token="canary.access", refresh_token="canary-refresh")
BINDING = {"Cookie": "__Host-onasty-oauth=bound"}


async def ask(http, method, path, **options):
    async with http.request(method, path, allow_redirects=False, **options) as answer:
        await answer.read()
        return answer


def cookies(answer):
    return {
        name: morsel
        for header in answer.headers.getall("Set-Cookie", [])
        for name, morsel in SimpleCookie(header).items()
    }


@pytest.mark.parametrize("path", PATHS)
async def test_one_leaves_with_a_cookie_that_says_who_left(http, serving, path):
    async with serving("auth", {BeginOauth: BEGUN}) as auth:
        answer = await ask(http, "GET", path)
    assert (answer.status, answer.headers["Location"]) == (303, ELSEWHERE)
    (morsel,) = cookies(answer).values()
    assert (morsel.key, morsel.value, morsel["samesite"]) == ("__Host-onasty-oauth", "bound", "Lax")
    assert (morsel["path"], morsel["max-age"]) == ("/", "600")
    assert morsel["secure"]
    assert morsel["httponly"]
    assert [request.provider for request, _ in auth.asked] == ["google"]


@pytest.mark.parametrize("path", PATHS)
async def test_one_comes_back_signed_in_and_no_token_is_in_the_url(http, serving, path):
    async with serving("auth", {CompleteOauth: TOKENS}) as auth:
        answer = await ask(http, "GET", f"{path}/callback?state=s&code=c&scope=x", headers=BINDING)
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:8080/#oauth=signed_in")
    set_ = cookies(answer)
    session = set_["__Host-onasty-session"]
    assert (session.value, session["samesite"]) == ("canary-refresh", "Strict")
    assert set_["__Host-onasty-oauth"]["max-age"] == "0"
    assert answer.headers["Content-Length"] == "0"
    ((request, _),) = auth.asked
    assert request.model_dump() == {
        "provider": OauthProvider.GOOGLE,
        "state": "s",
        "code": "c",
        "binding": "bound",
    }


@pytest.mark.parametrize(
    "code", ["oauth_state_invalid", "oauth_email_unverified", "oauth_identity_taken", "unavailable"]
)
async def test_a_refusal_is_a_redirect_with_its_code(http, serving, code):
    async with serving("auth", {CompleteOauth: ServiceError(ErrorCode(code), "no")}):
        answer = await ask(http, "GET", f"{PATHS[0]}/callback?state=s&code=c", headers=BINDING)
    assert (answer.status, answer.headers["Location"]) == (302, f"http://127.0.0.1:8080/#oauth={code}")
    assert {name: morsel["max-age"] for name, morsel in cookies(answer).items()} == {
        "__Host-onasty-oauth": "0"
    }


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("state=s&code=c", {}, "oauth_state_invalid"),
        ("state=s&error=access_denied", BINDING, "oauth_refused"),
        ("state=s", BINDING, "invalid_request"),
        (f"state={'s' * 3000}&code=c", BINDING, "invalid_request"),
    ],
)
async def test_what_did_not_begin_here_asks_nobody(http, serving, query, headers, code):
    async with serving("auth", {CompleteOauth: TOKENS}) as auth:
        answer = await ask(http, "GET", f"{PATHS[0]}/callback?{query}", headers=headers)
    assert (answer.status, answer.headers["Location"]) == (302, f"http://127.0.0.1:8080/#oauth={code}")
    assert auth.asked == []


async def test_somebody_signed_in_links_an_account(http, serving, bearer):
    async with serving("auth", {BeginOauth: BEGUN}) as auth:
        assert (await ask(http, "POST", PATHS[0])).status == 401
        answer = await ask(http, "POST", PATHS[0], headers=bearer)
    assert (answer.status, await answer.json()) == (200, {"authorization_url": ELSEWHERE})
    assert cookies(answer)["__Host-onasty-oauth"].value == "bound"
    ((_, context),) = auth.asked
    assert context.actor is not None


async def test_providers_are_told_and_others_refused(http, serving):
    unknown = ServiceError(ErrorCode.PROVIDER_UNKNOWN, "no")
    answers = {ListProviders: ProvidersReply(providers=[OauthProvider.GITHUB]), BeginOauth: unknown}
    async with serving("auth", answers):
        listed = await ask(http, "GET", "/api/v1/auth/providers")
        assert await listed.json() == {"providers": ["github"]}
        assert (await ask(http, "GET", PATHS[0])).status == 404
        for path in ("elsewhere", "elsewhere/callback?state=s&code=c"):
            assert (await ask(http, "GET", f"/api/v1/auth/oauth/{path}")).status == 400
