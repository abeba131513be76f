"""Whoever comes back without having left, or with what is another's, gets nothing."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest
import redis.asyncio
from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code
from devstack.oauth_provider import CLIENT_ID

pytestmark = pytest.mark.integration

GOOGLE, GITHUB = rpc.OauthProvider
RACERS = 8
ELSEWHERE = "https://evil.example.com"


@pytest.fixture
async def cache(servers):
    async with redis.asyncio.Redis.from_url(servers.redis) as client:
        yield client


def key_of(brought):
    return f"auth:oauth:{hashlib.sha256(brought.state.encode()).hexdigest()}"


async def test_a_state_is_good_once(replicas, browser, there, provider):
    brought = await browser.go(replicas[0], provider)
    outcomes = await asyncio.gather(
        *(browser.come_back(replicas[number % 2], brought) for number in range(RACERS))
    )
    assert sum(isinstance(one, rpc.Tokens) for one in outcomes) == 1
    assert outcomes.count(Code.OAUTH_STATE_INVALID) == RACERS - 1
    assert there.asked.count(f"/{provider}/token") == 1


async def test_another_browser_gets_nothing_and_the_state_is_used_up(replica, browser, there, provider):
    brought, others = await browser.go(replica, provider), await browser.go(replica, provider)
    assert await browser.come_back(replica, brought.but(binding=others.binding)) == Code.OAUTH_STATE_INVALID
    assert await browser.come_back(replica, brought) == Code.OAUTH_STATE_INVALID
    assert f"/{provider}/token" not in there.asked


async def test_a_state_of_another_provider_or_of_nobody_is_none(replica, browser, there, provider):
    brought = await browser.go(replica, provider)
    other = GITHUB if provider == GOOGLE else GOOGLE
    assert await browser.come_back(replica, brought.but(state="x" * 43)) == Code.OAUTH_STATE_INVALID
    assert await browser.come_back(replica, brought.but(provider=other)) == Code.OAUTH_STATE_INVALID
    assert not any(path.endswith("/token") for path in there.asked)


async def test_a_state_lives_ten_minutes_and_its_loss_is_a_new_beginning(replica, browser, cache, provider):
    brought = await browser.go(replica, provider)
    key = key_of(brought)
    assert 590_000 < await cache.pttl(key) <= 600_000
    kept = json.loads(await cache.get(key))
    assert kept["provider"] == provider
    assert brought.binding not in str(kept)
    assert brought.state not in str(kept)
    await cache.delete(key)
    assert await browser.come_back(replica, brought) == Code.OAUTH_STATE_INVALID
    brought = await browser.go(replica, provider)
    await cache.set(key_of(brought), '{"of": "another version"}')
    assert await browser.come_back(replica, brought) == Code.OAUTH_STATE_INVALID
    assert isinstance(await browser.sign_in(replica, provider), rpc.Tokens)


async def test_a_code_is_good_once_and_for_who_asked_for_it(
    replica, browser, provider, there, known, new_person
):
    """A code that was stolen on its way is of no use in the thief's own sign-in: PKCE."""
    used = await browser.go(replica, provider)
    assert isinstance(await browser.come_back(replica, used), rpc.Tokens)
    there.person = new_person()
    stolen = await browser.go(replica, provider)
    for code in (used.code, stolen.code):
        own = await browser.go(replica, provider)
        assert await browser.come_back(replica, own.but(code=code)) == Code.OAUTH_REFUSED
    assert (await known(there.person.email))["users"] == 0


async def test_a_wrong_secret_is_refused(make_replica, passwords, oauth_settings, browser, provider):
    wrong = oauth_settings | {f"{provider}_client_secret": "wrong"}
    async with make_replica(passwords, **wrong) as replica:
        assert await browser.sign_in(replica, provider) == Code.OAUTH_REFUSED
        refused = {"provider": provider, "outcome": "oauth_refused"}
        assert replica.counted("auth_oauth_sign_ins_total", **refused) == 1


@pytest.mark.parametrize("known_before", [False, True])
async def test_an_address_that_is_not_verified_there_opens_nothing(
    replica, browser, there, provider, make_account, sql, new_person, known_before
):
    email = await make_account() if known_before else "victim@example.com"
    there.person = new_person(email=email, verified=False)
    assert await browser.sign_in(replica, provider) == Code.OAUTH_EMAIL_UNVERIFIED
    assert await sql.fetchval("SELECT count(*) FROM identities WHERE email = $1", email) == 0
    assert await sql.fetchval("SELECT count(*) FROM users WHERE email_key = $1", email) == known_before


@pytest.mark.parametrize("email", ["", "nobody", "Name <a@example.com>"])
async def test_what_is_no_address_opens_nothing(replica, browser, there, provider, new_person, email):
    there.person = new_person(email=email)
    assert await browser.sign_in(replica, provider) == Code.OAUTH_EMAIL_UNVERIFIED


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
        {"iss": ELSEWHERE},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"at_hash": "of another access token"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_about_this_sign_in_is_refused(replica, browser, there, known, claims):
    there.claims = claims
    assert await browser.sign_in(replica, GOOGLE) == Code.OAUTH_REFUSED
    assert (await known(there.person.email))["users"] == 0


@pytest.mark.parametrize("verified", ["true", 1, None])
async def test_verified_is_true_and_nothing_like_it(replica, browser, there, verified):
    there.claims = {"email_verified": verified}
    assert await browser.sign_in(replica, GOOGLE) == Code.OAUTH_EMAIL_UNVERIFIED


def by_hand(header, claims, signature):
    """A JSON Web Token that no library makes."""

    def encoded(part):
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    text = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return b".".join([text, encoded(signature(text))]).decode()


@pytest.mark.parametrize("forgery", ["another key", "unknown key", "no key", "public key", "no token"])
async def test_an_id_token_that_the_provider_did_not_sign_is_refused(replica, browser, there, known, forgery):
    header = {"alg": "RS256", "kid": there.key.kid}
    other = RSAKey.generate_key(2048)
    pem = there.key.as_pem(private=False)
    there.sign = {
        "another key": lambda claims: jwt.encode(header, claims, other),
        "unknown key": lambda claims: jwt.encode(header | {"kid": "unknown"}, claims, other),
        "no key": lambda claims: by_hand(header | {"alg": "none"}, claims, lambda _: b""),
        "public key": lambda claims: by_hand(
            header | {"alg": "HS256"}, claims, lambda text: hmac.digest(pem, text, "sha256")
        ),
        "no token": lambda _: "",
    }[forgery]
    assert await browser.sign_in(replica, GOOGLE) == Code.OAUTH_REFUSED
    assert (await known(there.person.email))["users"] == 0


async def test_a_key_that_is_newer_than_what_we_know_is_asked_for(replica, browser, there):
    for _ in range(2):
        assert isinstance(await browser.sign_in(replica, GOOGLE), rpc.Tokens)
    assert there.asked.count("/google/jwks") <= 1
    there.asked.clear()
    there.new_key()
    for _ in range(2):
        assert isinstance(await browser.sign_in(replica, GOOGLE), rpc.Tokens)
    assert there.asked.count("/google/jwks") == 1
