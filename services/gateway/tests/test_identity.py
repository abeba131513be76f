"""Access tokens: good ones name somebody, everything else is refused."""

import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from contracts.errors import ErrorCode, ServiceError
from gateway.identity import TokenVerifier

KEY = Ed25519PrivateKey.generate()
STRANGER = Ed25519PrivateKey.generate()
USER, SESSION = uuid4(), uuid4()


class Keys:
    """One key, known as k1."""

    async def find(self, kid):
        public = OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return jwt.PyJWK.from_dict({**public, "alg": "EdDSA"}) if kid == "k1" else None


VERIFIER = TokenVerifier(Keys(), (), issuer="onasty", audience="onasty")


def token(key=KEY, *, kid="k1", algorithm="EdDSA", without=(), **changes) -> str:
    claims = {
        "iss": "onasty",
        "aud": "onasty",
        "sub": str(USER),
        "sid": str(SESSION),
        "exp": int(time.time()) + 60,
    } | changes
    for name in without:
        del claims[name]
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


async def test_a_good_token_names_user_and_session():
    for scheme in ("Bearer", "bearer"):
        expires_at = int(time.time()) + 60
        access = await VERIFIER.access(f"{scheme} {token(exp=expires_at)}")
        assert (access.actor.user_id, access.actor.session_id) == (USER, SESSION)
        assert access.expires_at == expires_at


async def test_without_a_header_nobody_is_asking():
    assert await VERIFIER.access(None) is None


BAD = {
    "nothing after bearer": "Bearer",
    "a space after bearer": "Bearer ",
    "another scheme": "Basic dXNlcjpwYXNz",
    "an empty header": "",
    "no token": "Bearer x",
    "three dots": "Bearer ..",
    "another key": f"Bearer {token(STRANGER)}",
    "an unknown kid": f"Bearer {token(kid='k2')}",
    "no signature": f"Bearer {token(None, algorithm='none')}",
    "a shared secret": f"Bearer {token('s' * 64, algorithm='HS256')}",
    "expired": f"Bearer {token(exp=int(time.time()) - 1)}",
    "not yet": f"Bearer {token(nbf=int(time.time()) + 60)}",
    "another issuer": f"Bearer {token(iss='elsewhere')}",
    "another audience": f"Bearer {token(aud='elsewhere')}",
    "a subject that is no id": f"Bearer {token(sub='root')}",
    "a session that is a number": f"Bearer {token(sid=5)}",
    **{f"no {name}": f"Bearer {token(without=[name])}" for name in ("exp", "iss", "aud", "sub", "sid")},
    "a changed payload": "Bearer " + ".".join([token().split(".")[0], "e30", token().split(".")[2]]),
    "a kid that is no text": "Bearer " + jwt.encode({}, "s" * 64, headers={"typ": "JWT"}),
    "a bomb": "Bearer " + "a" * 100_000,
}


@pytest.mark.parametrize("header", BAD.values(), ids=BAD)
async def test_everything_else_is_refused(header):
    with pytest.raises(ServiceError) as caught:
        await VERIFIER.access(header)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED
    assert caught.value.detail in {
        "Authorization takes a bearer token.",
        "The access token has expired.",
        "The access token is not valid.",
    }
