"""A gateway over real NATS and Redis, and services that answer it as a test wants."""

import inspect
import time
from contextlib import AsyncExitStack, asynccontextmanager
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
from gateway.app import application
from gateway.revocations import Revocations
from gateway.settings import GatewaySettings
from gateway.signing_keys import PublishedKeys

PUBLIC = "http://127.0.0.1:8080"
NOBODY = "redis://127.0.0.1:1/0"
KEY = Ed25519PrivateKey.generate()
JWK = {
    **OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True),
    "kid": "k1",
    "alg": "EdDSA",
    "use": "sig",
}


class Service:
    """Answers by request type; what it was asked, and by whom, stays in `asked`."""

    def __init__(self):
        self.asked = []

    def answering(self, request_type, answer):
        async def handle(request, context):
            self.asked.append((request, context))
            reply = answer(request, context) if callable(answer) else answer
            if inspect.isawaitable(reply):
                reply = await reply
            if isinstance(reply, Exception):
                raise reply
            return reply

        return rpc_server.operation(request_type, handle)


@pytest.fixture
def serving(servers):
    """`async with serving("auth", {SignIn: Tokens(…) or a function or an error, …}) as service`."""

    @asynccontextmanager
    async def served(name, answers):
        runtime = Runtime(name, RpcSettings(nats_url=servers.nats), logs.configure(name, level="info"))
        service = Service()
        rows = tuple(service.answering(*answer) for answer in answers.items())
        async with broker.connected(runtime) as client, rpc_server.serving(runtime, client, rows):
            yield service

    return served


async def _keys(*_):
    return SigningKeysReply(keys=[JWK])


CLIENT = {
    "index.html": "<!doctype html>the page",
    "index.html.br": "the page in br",
    "index.html.gz": "the page in gzip",
    "icons/onasty.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "robots.txt": "User-agent: *",
    "site.webmanifest": "{}",
    ".made-of": "a checksum",
    ".vite/manifest.json": "{}",
    "assets/app-1a2b.js": "the script",
    "assets/app-1a2b.js.br": "the script in br",
    "assets/app-1a2b.js.gz": "the script in gzip",
    "assets/style-3c4d.css": "the style",
    "assets/argon2-5e6f.js": "the worker",
}


@pytest.fixture(scope="session")
def web_root(tmp_path_factory):
    """A small web client, as a build leaves it."""
    root = tmp_path_factory.mktemp("web")
    for name, content in CLIENT.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.fixture
async def http(servers, web_root):
    """The gateway, whose access tokens are signed by `KEY`; auth answers nothing else by itself."""
    async with AsyncExitStack() as stack:
        auth = Runtime("auth", RpcSettings(nats_url=servers.nats), logs.configure("auth", level="info"))
        client = await stack.enter_async_context(broker.connected(auth))
        rows = (rpc_server.operation(SigningKeys, _keys),)
        await stack.enter_async_context(rpc_server.serving(auth, client, rows))
        settings = GatewaySettings(
            nats_url=servers.nats,
            redis_url=servers.redis,
            public_url=PUBLIC,
            client_key=uuid4().hex,
            web_root=web_root,
            request_timeout=2,
            limit_slow="1000/1",
            limit_account_client="5/600",
        )
        runtime = Runtime("gateway", settings, logs.configure("gateway", level="info"))
        client = await stack.enter_async_context(broker.connected(runtime))
        shared = await stack.enter_async_context(redis.connected(runtime, settings.redis_url))
        rpc = RpcClient(runtime, client)
        keys = PublishedKeys(rpc, runtime.log)
        revocations = Revocations(runtime.metrics)
        app = application(runtime, rpc, keys, revocations, shared)
        client = TestClient(TestServer(app), auto_decompress=False, skip_auto_headers=["Accept-Encoding"])
        await stack.enter_async_context(client)
        client.revocations = revocations
        yield client


@pytest.fixture
def bearer():
    """Headers of somebody who is signed in."""
    return signed_in()


def signed_in(user_id=None, session_id=None, key=KEY):
    claims = {
        "iss": "onasty",
        "aud": "onasty",
        "sub": str(user_id or uuid4()),
        "sid": str(session_id or uuid4()),
        "exp": int(time.time()) + 600,
    }
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "k1"})
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(name="signed_in")
def signing_in():
    """`signed_in(user_id, session_id)`: headers, of somebody new where nothing is given."""
    return signed_in


@pytest.fixture
def signing_keys():
    """What auth publishes so that these are believed."""
    return SigningKeysReply(keys=[JWK])


@pytest.fixture
def redis_at(servers):
    """`async with redis_at(url) as client`, as a gateway connects to where it shares what it lets through."""

    def connected(url):
        runtime = Runtime(
            "gateway",
            GatewaySettings(nats_url=servers.nats, redis_url=url, public_url=PUBLIC, client_key="k" * 32),
            logs.configure("gateway", level="error"),
        )
        return redis.connected(runtime, runtime.settings.redis_url)

    return connected


@pytest.fixture
async def shared_redis(servers, redis_at):
    async with redis_at(servers.redis) as client:
        yield client
