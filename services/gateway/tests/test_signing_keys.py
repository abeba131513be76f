"""The keys that auth publishes: asked for when needed, and not more often than that."""

import asyncio
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis import logs
from contracts.auth.rpc import SigningKeysReply
from contracts.errors import ErrorCode, ServiceError
from gateway import signing_keys
from gateway.signing_keys import PublishedKeys


def published(kid, **changes):
    public = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), as_dict=True)
    return {**public, "kid": kid, "alg": "EdDSA", "use": "sig", **changes}


class Auth:
    """Answers as the service would, or not at all; it is asked over no network here."""

    def __init__(self):
        self.keys, self.asked, self.away = [], 0, False

    async def call(self, request, context):
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ServiceError(ErrorCode.UNAVAILABLE, "away")
        return SigningKeysReply.model_validate_json(json.dumps({"keys": self.keys}))


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(signing_keys, "time", clock)
    return clock


@pytest.fixture
def auth():
    return Auth()


@pytest.fixture
def keys(auth):
    return PublishedKeys(auth, logs.configure("gateway", level="error"))


async def test_a_known_key_is_asked_for_once(auth, keys, clock):
    auth.keys = [published("k1")]
    found = await asyncio.gather(*(keys.find("k1") for _ in range(20)))
    assert {key.key_id for key in found} == {"k1"}
    assert auth.asked == 1


async def test_an_unknown_key_is_asked_for_once_a_second(auth, keys, clock):
    auth.keys = [published("k1")]
    assert await asyncio.gather(*(keys.find(f"made-up-{number}") for number in range(20))) == [None] * 20
    assert auth.asked == 1

    auth.keys.append(published("k2"))
    assert await keys.find("k2") is None
    clock.now += 1
    assert (await keys.find("k2")).key_id == "k2"
    assert auth.asked == 2


async def test_without_any_key_nobody_can_be_told_apart(auth, keys, clock):
    auth.away = True
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            await keys.find("k1")
        assert caught.value.code is ErrorCode.UNAVAILABLE
    assert auth.asked == 1

    auth.away, auth.keys = False, [published("k1")]
    clock.now += 0.2
    assert (await keys.find("k1")).key_id == "k1"


async def test_what_was_known_stays_known_while_auth_is_away(auth, keys, clock):
    auth.keys = [published("k1")]
    await keys.find("k1")
    auth.away = True
    clock.now += 1
    assert await keys.find("k2") is None
    assert (await keys.find("k1")).key_id == "k1"


async def test_a_key_that_is_published_no_more_is_known_no_more(auth, keys, clock):
    auth.keys = [published("k1")]
    await keys.find("k1")
    auth.keys = [published("k2")]
    clock.now += 1
    assert (await keys.find("k2")).key_id == "k2"
    assert await keys.find("k1") is None


async def test_a_key_of_another_kind_is_left_out(auth, keys, clock):
    auth.keys = [{"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"}, published("k1")]
    assert await keys.find("shared") is None
    assert (await keys.find("k1")).key_id == "k1"


async def test_keys_that_cannot_be_used_end_nothing(auth, keys, clock):
    auth.keys = [published("k1", crv="another")]
    with pytest.raises(ServiceError):
        await keys.find("k1")


async def test_they_are_asked_for_again_and_again(auth, keys, monkeypatch):
    """Away, they are tried each second; then every five minutes."""
    rests = []

    async def rest(seconds):
        rests.append(seconds)
        auth.away = len(rests) < 3
        if len(rests) == 5:
            raise asyncio.CancelledError

    auth.away, auth.keys = True, [published("k1")]
    real = asyncio.sleep
    monkeypatch.setattr(signing_keys.asyncio, "sleep", lambda s: rest(s) if s else real(s))
    with pytest.raises(asyncio.CancelledError):
        await keys.run()
    assert rests == [1.0, 1.0, 1.0, 300.0, 300.0]
