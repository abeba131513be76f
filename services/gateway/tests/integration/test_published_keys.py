"""Access tokens over real NATS: auth away, auth there, auth with another key."""

import json
import time
from contextlib import asynccontextmanager
from uuid import uuid4

import jwt
import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis import broker, logs, redis, rpc_server
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from chassis.settings import RpcSettings
from contracts.auth.rpc import SigningKeys, SigningKeysReply
from contracts.notes.rpc import CreateNote, NoteCreatedReply
from gateway.app import application
from gateway.revocations import Revocations
from gateway.settings import GatewaySettings
from gateway.signing_keys import PublishedKeys

pytestmark = pytest.mark.integration


@pytest.fixture
def serving(servers):
    """`async with serving("auth", Request, handler)`: a service that answers one request."""

    @asynccontextmanager
    async def served(name, request_type, handler):
        runtime = Runtime(name, RpcSettings(nats_url=servers.nats), logs.configure(name, level="error"))
        rows = (rpc_server.operation(request_type, handler),)
        async with broker.connected(runtime) as client, rpc_server.serving(runtime, client, rows):
            yield

    return served


@pytest.fixture
async def gateway(servers):
    settings = GatewaySettings(
        nats_url=servers.nats,
        redis_url=servers.redis,
        public_url="http://127.0.0.1",
        client_key="k" * 32,
        rate_limits="off",
    )
    runtime = Runtime("gateway", settings, logs.configure("gateway", level="error"))
    async with (
        broker.connected(runtime) as client,
        redis.connected(runtime, runtime.settings.redis_url) as shared,
    ):
        rpc = RpcClient(runtime, client)
        app = application(runtime, rpc, PublishedKeys(rpc, runtime.log), Revocations(runtime.metrics), shared)
        async with TestClient(TestServer(app)) as http:
            yield http


def signed(key, kid):
    claims = {"iss": "onasty", "aud": "onasty", "sub": str(uuid4()), "sid": str(uuid4())}
    return jwt.encode(claims | {"exp": int(time.time()) + 600}, key, algorithm="EdDSA", headers={"kid": kid})


async def test_tokens_wait_for_auth_and_nobody_else_does(gateway, serving):
    private = {kid: Ed25519PrivateKey.generate() for kid in ("k1", "k2")}
    published = ["k1"]
    actors = []

    async def create(_, context):
        actors.append(context.actor and context.actor.user_id)
        return NoteCreatedReply(slug="slug")

    async def keys(*_):
        jwks = {kid: OKPAlgorithm.to_jwk(private[kid].public_key(), as_dict=True) for kid in published}
        return SigningKeysReply(keys=[{**jwk, "kid": kid, "alg": "EdDSA"} for kid, jwk in jwks.items()])

    async def ask(kid=None):
        headers = {"Authorization": f"Bearer {signed(private[kid], kid)}"} if kid else {}
        async with gateway.post("/api/v1/note", data=json.dumps({"content": "x"}), headers=headers) as answer:
            return answer.status, (await answer.json()).get("code"), answer.headers.get("Retry-After")

    async def until(kid, status):
        """An unknown key is asked for once a second."""
        deadline = time.monotonic() + 10
        while (answer := await ask(kid))[0] != status:
            assert time.monotonic() < deadline, answer
        return answer

    async with serving("notes", CreateNote, create):
        assert await ask("k1") == (503, "unavailable", "1")
        assert await ask() == (201, None, None)
        async with serving("auth", SigningKeys, keys):
            await until("k1", 201)
            assert (await ask("k2"))[:2] == (401, "unauthenticated")
            published.append("k2")
            await until("k2", 201)
        # Auth is away again, and what is known stays known.
        assert (await ask("k1"))[0] == 201
    assert actors[0] is None
    assert None not in actors[1:]
