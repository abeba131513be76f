from __future__ import annotations

import asyncio
import base64
import functools
import io
import itertools
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import jwt
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from multidict import CIMultiDictProxy
from yarl import URL

from auth.crypto.one_time_links import OneTimeLinks
from auth.crypto.root_secret import RootSecret
from auth.domain.letter import LetterPurpose
from devstack.endpoints import Endpoints
from devstack.launcher import Devstack, launched, temporary_data

from .browser import browser, chromium, page, profile, recorder
from .elsewhere import elsewhere
from .letters import LINK, PASSWORD, Mailbox, text_of

__all__ = ["browser", "chromium", "elsewhere", "page", "profile", "recorder"]

AUTH_SECRET = base64.b64encode(os.urandom(32)).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """Speaks to the gateways in turn."""

    def __init__(self, session: aiohttp.ClientSession, gateways: list[str]) -> None:
        self._session = session
        self._gateways = itertools.cycle(gateways)

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        url = path if path.startswith("http") else next(self._gateways) + path
        if isinstance(options.get("data"), bytes):
            options["data"] = io.BytesIO(options["data"])  # aiohttp's wish for large ones
        # Encoded already: a test means the very path that it writes.
        async with self._session.request(method, URL(url, encoded=True), **options) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.call("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call("POST", path, json=body, **options)


def claim() -> str:
    return secrets.token_urlsafe(16)


def proof() -> str:
    return secrets.token_urlsafe(32)


def soon(seconds: float = 3600) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def slug_of(path: str) -> str:
    return path.rpartition("/")[2]


async def content_of(database, path: str) -> bytes | None:
    return await database.fetchval("SELECT content FROM notes WHERE slug = $1", slug_of(path))


# One address makes thousands of requests here; tests of the limits start gateways of their own.
PLENTY = {
    "GATEWAY_LIMIT_GENERAL": "1000000/1",
    "GATEWAY_LIMIT_SLOW": "1000000/1",
    "GATEWAY_LIMIT_ACCOUNT": "1000000/1",
    "GATEWAY_LIMIT_ACCOUNT_CLIENT": "1000000/1",
    "GATEWAY_MAX_CONNECTIONS_PER_CLIENT": "4000",
    "GATEWAY_CONCURRENCY_PER_CLIENT": "512",
    "GATEWAY_LARGE_BODIES_PER_CLIENT": "8",
}


@pytest.fixture(scope="session", autouse=True)
def plenty() -> Iterator[None]:
    """Limits so high that no test meets them, for whatever is started."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PLENTY.items():
            environment.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def stack(plenty) -> Iterator[Devstack]:
    """The whole stack, with two notes services and two gateways, for all tests."""
    with pytest.MonkeyPatch.context() as environment, temporary_data() as data:
        environment.setenv("AUTH_SECRET", AUTH_SECRET)
        environment.setenv("AUTH_LOG_LEVEL", "debug")
        environment.setenv("GATEWAY_LOG_LEVEL", "debug")
        environment.setenv("NOTES_LOG_LEVEL", "debug")
        with launched(data, "--scale", "notes=2", "gateway=2") as devstack:
            devstack.wait_until_ready()
            yield devstack
            devstack.stop_cleanly()


@pytest.fixture(scope="session")
async def api(stack: Devstack) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Api(session, stack.endpoints.gateways)


async def published_key(endpoints: Endpoints, api: Api) -> Ed25519PrivateKey:
    """Signs access tokens that the gateways take: its public part stands among auth's keys, as retired."""
    key = Ed25519PrivateKey.generate()
    public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk = json.dumps({**public, "kid": "test", "alg": "EdDSA", "use": "sig"})
    connection = await asyncpg.connect(endpoints.postgres["auth"])
    await connection.execute(
        "INSERT INTO signing_keys (kid, public_jwk, retired_at) VALUES ('test', $1, 'infinity')", jwk
    )
    await connection.close()
    headers = signed_in(key)
    deadline = time.monotonic() + 10
    for gateway in endpoints.gateways:
        while (await api.get(f"{gateway}/api/v1/note", headers=headers)).status != HTTPStatus.OK:
            assert time.monotonic() < deadline, "the gateways do not know the key"
            await asyncio.sleep(0.05)
    return key


def signed_in(key: Ed25519PrivateKey, *, lasting: int = 600) -> dict[str, str]:
    """Headers of somebody new, good for so many seconds."""
    claims = {
        "iss": "onasty",
        "aud": "onasty",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "exp": int(time.time()) + lasting,
    }
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "test"})
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
async def signing_key(stack: Devstack, api: Api) -> Ed25519PrivateKey:
    return await published_key(stack.endpoints, api)


@pytest.fixture
async def link_of(stack: Devstack) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """`await link_of(address)`: the link of the latest letter to it, made as auth makes it."""
    links = OneTimeLinks(RootSecret(AUTH_SECRET), stack.endpoints.gateway)
    connection = await asyncpg.connect(stack.endpoints.postgres["auth"])

    async def link(address: str) -> str:
        row = await connection.fetchrow(
            """
            SELECT event_id, purpose FROM letters JOIN users ON users.id = user_id
            WHERE email_key = $1 ORDER BY event_id DESC LIMIT 1
            """,
            address.lower(),
        )
        return links.link(LetterPurpose(row["purpose"]), row["event_id"])

    yield link
    await connection.close()


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is signed in, with the password `PASSWORD`."""

    email: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    @property
    def session_id(self) -> str:
        claims = jwt.decode(self.access_token, options={"verify_signature": False})
        return str(claims["sid"])


@pytest.fixture
def sign_in(api: Api) -> Callable[..., Awaitable[Account]]:
    """`await sign_in(email)`: another session."""

    async def sign_in(email: str, password: str = PASSWORD) -> Account:
        answer = await api.post("/api/v1/auth/signin", {"email": email, "password": password})
        assert answer.status == HTTPStatus.OK, answer.text
        return Account(email, **answer.json)

    return sign_in


@pytest.fixture
def account(
    api: Api,
    link_of: Callable[[str], Awaitable[str]],
    sign_in: Callable[..., Awaitable[Account]],
) -> Callable[[], Awaitable[Account]]:
    """`await account()`: somebody new, verified and signed in."""

    async def account() -> Account:
        email = f"{uuid4().hex}@example.com"
        assert (
            await api.post("/api/v1/auth/signup", {"email": email, "password": PASSWORD})
        ).status == HTTPStatus.CREATED
        token = (await link_of(email)).partition("#")[2]
        assert (await api.post("/api/v1/auth/verify", {"token": token})).status == HTTPStatus.OK
        return await sign_in(email)

    return account


@pytest.fixture(scope="session")
def logs(stack: Devstack) -> list[Path]:
    """The log file of every process of the stack."""
    return sorted((stack.data / "logs").glob("*.log"))


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
    """Headers of a signed-in user, good for so many seconds; each call is somebody new."""

    return functools.partial(signed_in, signing_key)


@pytest.fixture
async def database(stack):
    connection = await asyncpg.connect(stack.endpoints.postgres["notes"])
    yield connection
    await connection.close()


@pytest.fixture
def mailbox(stack):
    return Mailbox(Path(stack.endpoints.mailbox))


@pytest.fixture
async def sign_up(api, mailbox):
    """Sign up, verify by the link in the mail, sign in; gives the address and the headers of the session."""

    async def sign_up(address=None, password=PASSWORD):
        address = address or f"{uuid4().hex}@example.com"
        credentials = {"email": address, "password": password}
        assert (await api.post("/api/v1/auth/signup", credentials)).status == 201
        letter = await mailbox.wait_for(address)
        token = LINK.search(text_of(letter))[1]
        assert (await api.post("/api/v1/auth/verify", {"token": token})).status == 200
        tokens = (await api.post("/api/v1/auth/signin", credentials)).json
        return address, {"Authorization": f"Bearer {tokens['access_token']}"}

    return sign_up


@pytest.fixture
async def jetstream(stack):
    client = await nats.connect(stack.endpoints.nats)
    yield client.jetstream()
    await client.close()
