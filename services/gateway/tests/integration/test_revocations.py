"""A session that ended: its access token is refused by every gateway, soon, and by later ones at once."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import jwt
import nats
import pytest
import uuid_utils.compat
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from prometheus_client import CollectorRegistry

from chassis import logs
from chassis.runtime import Runtime
from contracts.auth.events import UserSessionsRevoked
from contracts.auth.rpc import SigningKeys, SigningKeysReply
from contracts.messages import Envelope
from devstack.ports import free_ports
from gateway.app import compose
from gateway.revocations import SPAN, Revocations
from gateway.settings import GatewaySettings

KEY = Ed25519PrivateKey.generate()
JWK = {**OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "revocations", "alg": "EdDSA"}


def envelope(*session_ids):
    event = UserSessionsRevoked(user_id=uuid4(), session_ids=list(session_ids))
    return Envelope[UserSessionsRevoked](
        id=uuid_utils.compat.uuid7(),
        source="/onasty/auth",
        type=event.subject,
        subject=str(event.entity_id),
        time=datetime.now(UTC),
        data=event,
    )


def token(session_id):
    claims = {"iss": "onasty", "aud": "onasty", "sub": str(uuid4()), "sid": str(session_id)}
    claims |= {"exp": int(time.time()) + 600}
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "revocations"})


def test_a_session_is_forgotten_when_none_of_its_tokens_can_live():
    now = 0.0
    revocations = Revocations(CollectorRegistry(), clock=lambda: now)
    first, again, later = uuid4(), uuid4(), uuid4()
    revocations.take(envelope(first, again))
    now = SPAN.total_seconds() - 1
    revocations.take(envelope(again))
    assert first in revocations
    now += 1
    revocations.take(envelope(later))
    assert first not in revocations
    assert again in revocations
    assert later in revocations
    # Its time began when it was told last.
    now += SPAN.total_seconds() - 1
    revocations.take(envelope())
    assert again not in revocations
    assert later in revocations


@pytest.fixture
async def revoke(servers):
    """`await revoke(session_id)`: as auth does."""
    client = await nats.connect(servers.nats)

    async def publish(*session_ids):
        await client.jetstream().publish(
            UserSessionsRevoked.subject, envelope(*session_ids).model_dump_json().encode()
        )

    yield publish
    await client.close()


@pytest.fixture
async def start(servers, serving):
    """`ask, runtime = await start()`: a whole gateway; `await ask(session_id)` gives a status."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving("auth", {SigningKeys: SigningKeysReply(keys=[JWK])}))
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def started():
            (port,) = free_ports(1)
            settings = GatewaySettings(
                nats_url=servers.nats_users["gateway"],
                redis_url=servers.redis,
                public_url="http://127.0.0.1",
                client_key="k" * 32,
                rate_limits="off",
                port=port,
            )
            runtime = Runtime("gateway", settings, logs.configure("gateway", level="info"))
            await stack.enter_async_context(compose(runtime))
            runtime.health.start_accepting()

            async def ask(session_id):
                headers = {"Authorization": f"Bearer {token(session_id)}"}
                # Nobody serves it here: whoever is let in learns that.
                async with http.get(f"http://127.0.0.1:{port}/api/v1/me", headers=headers) as answer:
                    return answer.status

            return ask, runtime

        yield started


async def until(condition, within):
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.01)


@pytest.mark.integration
async def test_its_token_is_refused_within_a_second_and_from_the_first_request_of_a_later_gateway(
    start, revoke
):
    over, other = uuid4(), uuid4()
    asks = [(await start())[0] for _ in range(2)]
    assert [await ask(over) for ask in asks] == [503, 503]
    await revoke(over)
    for ask in asks:

        async def refused(ask=ask):
            return await ask(over) == 401

        await until(refused, within=1)
        assert await ask(other) == 503
    later, _ = await start()
    assert await later(over) == 401
    assert await later(other) == 503


@pytest.mark.integration
async def test_a_gateway_that_cannot_follow_is_not_ready_until_it_has_caught_up(servers, start, revoke):
    ask, runtime = await start()
    assert runtime.health.report()[1]["revocations"] == "ok"
    admin = await nats.connect(servers.nats)
    js = admin.jetstream()
    for info in await js.consumers_info("EVENTS"):
        if not info.config.durable_name:
            await js.delete_consumer("EVENTS", info.name)

    async def ready(wanted):
        return runtime.health.report()[0] is wanted

    await until(lambda: ready(False), within=2)
    over = uuid4()
    await revoke(over)
    await until(lambda: ready(True), within=10)
    assert await ask(over) == 401
    await admin.close()
