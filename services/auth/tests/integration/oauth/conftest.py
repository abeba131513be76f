"""Two replicas of auth, a provider on the loopback, and a browser that goes there and comes back."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import aiohttp
import jwt
import pytest

from contracts.actor import Actor
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError
from devstack.oauth_provider import OauthProviderServer, Person, oauth_provider

CALLBACKS = [f"https://notes.example.com/api/v1/auth/oauth/{name}/callback" for name in rpc.OauthProvider]


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brings back."""

    provider: rpc.OauthProvider
    state: str
    code: str
    binding: str

    def but(self, **changes) -> Return:
        return replace(self, **changes)


class Browser:
    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    def context(self, actor: Actor | None = None, seconds: float = 60) -> RequestContext:
        return RequestContext.lasting(seconds, request_id="test", actor=actor)

    async def go(self, replica, provider, actor: Actor | None = None) -> Return:
        begun = await replica.use.begin_oauth(rpc.BeginOauth(provider=provider), self.context(actor))
        async with self._http.get(begun.authorization_url, allow_redirects=False) as response:
            assert response.status == 302
            location = urlsplit(response.headers["Location"])
        assert location.path == f"/api/v1/auth/oauth/{provider}/callback"
        query = parse_qs(location.query)
        return Return(provider, query["state"][0], query["code"][0], begun.binding)

    async def come_back(self, replica, brought: Return, seconds: float = 60) -> rpc.Tokens | ErrorCode:
        request = rpc.CompleteOauth(
            provider=brought.provider, state=brought.state, code=brought.code, binding=brought.binding
        )
        try:
            return await replica.use.complete_oauth(request, self.context(seconds=seconds))
        except ServiceError as error:
            return error.code

    async def sign_in(self, replica, provider, actor: Actor | None = None) -> rpc.Tokens | ErrorCode:
        return await self.come_back(replica, await self.go(replica, provider, actor))


def _actor(tokens: rpc.Tokens) -> Actor:
    claims = jwt.decode(tokens.access_token, options={"verify_signature": False})
    return Actor(UUID(claims["sub"]), UUID(claims["sid"]))


@pytest.fixture(scope="session")
def actor_of():
    """Who has these tokens."""
    return _actor


@pytest.fixture(scope="session")
async def provider_server():
    async with oauth_provider(*CALLBACKS) as server:
        yield server


@pytest.fixture
def there(provider_server) -> OauthProviderServer:
    """The provider, doing all as it should; tests change that."""
    provider_server.claims = {}
    provider_server.sign = None
    provider_server.instead = {}
    provider_server.person = a_person()
    provider_server.asked.clear()
    return provider_server


def a_person(**known) -> Person:
    return Person(**({"subject": str(uuid4().int >> 70), "email": f"{uuid4().hex}@example.com"} | known))


@pytest.fixture(scope="session")
def new_person():
    """`new_person(email=…)`: somebody whom nobody has seen."""
    return a_person


@pytest.fixture
async def browser():
    async with aiohttp.ClientSession() as http:
        yield Browser(http)


@pytest.fixture(scope="session")
def oauth_settings(provider_server, servers):
    return provider_server.settings() | {"redis_url": servers.redis}


@pytest.fixture(scope="session")
async def replicas(make_replica, passwords, sql, oauth_settings):
    """Two processes' worth of the service, with providers."""
    await sql.execute("TRUNCATE signing_keys")
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(make_replica(passwords, **oauth_settings)) for _ in range(2)]


@pytest.fixture(scope="session")
def replica(replicas):
    return replicas[0]


@pytest.fixture(params=list(rpc.OauthProvider))
def provider(request):
    return request.param


@pytest.fixture
def known(sql):
    """`await known(email)`: how many users, identities, sign-ups and verified events an address has."""

    async def counts(email: str) -> dict[str, int]:
        row = await sql.fetchrow(
            """
            WITH owner AS (SELECT id FROM users WHERE email_key = lower($1))
            SELECT (SELECT count(*) FROM owner) AS users,
                (SELECT count(*) FROM identities WHERE user_id IN (SELECT id FROM owner)) AS identities,
                (SELECT count(*) FROM sign_ups WHERE user_id IN (SELECT id FROM owner)) AS sign_ups,
                (SELECT count(*) FROM outbox WHERE type = 'events.auth.v1.user.verified'
                    AND entity_id IN (SELECT id FROM owner)) AS verified
            """,
            email,
        )
        return dict(row)

    return counts
