"""A provider that is away, slow or not itself costs its own sign-in, and nothing else."""

import asyncio
import time

import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr

from auth.providers.authorization_code import AuthorizationCode, OauthClient
from auth.providers.provider_requests import provider_requests
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

GOOGLE, GITHUB = rpc.OauthProvider
CANARY = "canary of a secret"


async def large(_):
    return web.json_response({"access_token": "x" * 70_000})


async def moved(_):
    return web.json_response({}, status=307, headers={"Location": "/google/jwks"})


async def no_json(_):
    return web.Response(text=f"<html>{CANARY}</html>")


async def broken(_):
    return web.json_response({}, status=502)


async def cut(request):
    request.transport.abort()
    return web.Response()


async def no_access(_):
    raise web.HTTPForbidden(text="{}")


async def nonsense(_):
    return web.json_response([{"id": "1", "email": None}])


@pytest.mark.parametrize("failing", [large, moved, no_json, broken, cut])
@pytest.mark.parametrize("path", ["/google/token", "/google/jwks", "/github/token", "/github/user/emails"])
async def test_what_is_no_answer_is_unavailable(replica, browser, there, path, failing, known):
    provider = rpc.OauthProvider(path.split("/")[1])
    there.new_key()
    there.instead[path] = failing
    assert await browser.sign_in(replica, provider) == Code.UNAVAILABLE
    assert (await known(there.person.email))["users"] == 0
    there.instead.clear()
    assert isinstance(await browser.sign_in(replica, provider), rpc.Tokens)


@pytest.mark.parametrize("failing", [no_access, nonsense])
@pytest.mark.parametrize("path", ["/google/token", "/google/jwks", "/github/token", "/github/user/emails"])
async def test_an_answer_of_another_kind_is_a_refusal(replica, browser, there, path, failing):
    there.new_key()
    there.instead[path] = failing
    assert await browser.sign_in(replica, rpc.OauthProvider(path.split("/")[1])) == Code.OAUTH_REFUSED


@pytest.mark.parametrize("path", ["/google/token", "/google/jwks", "/github/user/emails"])
async def test_who_does_not_answer_is_given_up_before_the_deadline(replica, browser, there, path):
    there.new_key()
    answering = asyncio.Event()

    async def silent(_):
        await answering.wait()
        return web.Response()

    there.instead[path] = silent
    brought = await browser.go(replica, rpc.OauthProvider(path.split("/")[1]))
    began = time.monotonic()
    try:
        assert await browser.come_back(replica, brought, seconds=1.5) == Code.UNAVAILABLE
    finally:
        answering.set()
    assert time.monotonic() - began < 1.5


async def test_without_redis_everybody_else_signs_in(
    make_replica, passwords, oauth_settings, browser, provider, replica, make_account, asking
):
    away = oauth_settings | {"redis_url": "redis://127.0.0.1:1/0"}
    brought = await browser.go(replica, provider)
    async with make_replica(passwords, **away) as without:
        without.runtime.health.start_accepting()
        request = rpc.BeginOauth(provider=provider)
        began = time.monotonic()
        assert await asking.refused(without.use.begin_oauth(request, browser.context())) == Code.UNAVAILABLE
        assert await browser.come_back(without, brought) == Code.UNAVAILABLE
        assert time.monotonic() - began < 4, "below the deadline of requests, each"
        assert isinstance(await asking.sign_in(without, await make_account()), rpc.Tokens)

        async def shown():
            return without.runtime.health.report()[1]["redis"] == "Redis is not reachable"

        await asking.until(shown)
        assert without.runtime.health.report()[0], "it stays ready"


@pytest.mark.parametrize(
    ("error", "told"), [("invalid_client", "invalid_client"), (CANARY, "unknown"), ({"a": CANARY}, "unknown")]
)
async def test_the_log_says_why_and_repeats_nothing_else(there, asking, error, told):
    async def refusing(_):
        return web.json_response({"error": error, "error_description": CANARY}, status=400)

    there.instead["/google/token"] = refusing
    client = OauthClient(
        provider=GOOGLE,
        client_id="id",
        client_secret=SecretStr(CANARY),
        scope="openid",
        redirect_uri="https://notes.example.com",
        authorize_url=f"{there.url}/google/authorize",
        token_url=f"{there.url}/google/token",
    )
    with structlog.testing.capture_logs() as logged:
        async with provider_requests() as requests:
            grant = AuthorizationCode(client, requests, structlog.get_logger())
            assert await asking.refused(grant.tokens(CANARY, CANARY)) == Code.OAUTH_REFUSED
    assert [(line["provider"], line["reason"]) for line in logged] == [(GOOGLE, told)]
    assert CANARY not in str(logged)
