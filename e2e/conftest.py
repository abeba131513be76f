from __future__ import annotations

import io
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from multidict import CIMultiDictProxy
from yarl import URL

from devstack.pytest_plugin import Devstack, launched, temporary_data


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


@pytest.fixture(scope="session")
def signing_key() -> Ed25519PrivateKey:
    """Signs access tokens that the gateways take."""
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def stack(signing_key: Ed25519PrivateKey) -> Iterator[Devstack]:
    """The whole stack, with two notes services and two gateways, for all tests."""
    public = OKPAlgorithm.to_jwk(signing_key.public_key(), as_dict=True)
    jwks = {"keys": [{**public, "kid": "test", "alg": "EdDSA", "use": "sig"}]}
    with pytest.MonkeyPatch.context() as environment, temporary_data() as data:
        environment.setenv("GATEWAY_JWKS", json.dumps(jwks))
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


@pytest.fixture(scope="session")
def logs(stack: Devstack) -> list[Path]:
    """The log file of every process of the stack."""
    return sorted((stack.data / "logs").glob("*.log"))
