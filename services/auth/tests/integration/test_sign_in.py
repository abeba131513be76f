"""Sign-ins, their sessions and their keys."""

import asyncio
import base64
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from chassis.passwords import PasswordHashing
from chassis.settings import SettingsError
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"


class CountingThreads(ThreadPoolExecutor):
    """Each Argon2 hash is one piece of work for the threads."""

    submitted = 0

    def submit(self, *arguments, **named):
        self.submitted += 1
        return super().submit(*arguments, **named)


async def test_tokens_name_user_and_session_and_are_kept_as_a_hash(replica, asking, make_account, sql):
    email = await make_account()
    before = int(time.time())
    tokens = await asking.sign_in(replica, email.upper())

    keys = (await replica.use.signing_keys(rpc.SigningKeys(), asking.context())).keys
    (key,) = jwt.PyJWKSet.from_dict({"keys": keys}).keys
    assert jwt.get_unverified_header(tokens.access_token) == {
        "alg": "EdDSA",
        "typ": "JWT",
        "kid": key.key_id,
    }
    claims = jwt.decode(
        tokens.access_token, key.key, algorithms=["EdDSA"], audience="onasty", issuer="onasty"
    )
    session = await sql.fetchrow("SELECT * FROM sessions WHERE id = $1", UUID(claims["sid"]))
    user_id = await sql.fetchval("SELECT id FROM users WHERE email_key = $1", email)
    assert UUID(claims["sub"]) == user_id == session["user_id"]
    assert claims["exp"] - claims["iat"] == 900
    assert before <= claims["iat"] <= time.time()
    assert session["idle_expires_at"] - session["created_at"] == timedelta(days=30)
    assert session["expires_at"] - session["created_at"] == timedelta(days=180)

    assert len(base64.urlsafe_b64decode(tokens.refresh_token + "=")) == 32
    refresh = await sql.fetchrow("SELECT * FROM refresh_tokens WHERE session_id = $1", session["id"])
    assert refresh["token_hash"] == hashlib.sha256(tokens.refresh_token.encode()).digest()
    assert await sql.fetchval("SELECT last_login_at FROM users WHERE id = $1", user_id) is not None


async def test_one_answer_and_the_same_work_whoever_is_known(make_replica, asking, make_account, let_pass):
    verified, unverified, unknown = await make_account(), asking.address(), asking.address()
    threads = CountingThreads(2)
    async with make_replica(PasswordHashing(threads, CollectorRegistry())) as counted:
        await asking.sign_up(counted, unverified)
        await asking.sign_up(counted, unverified)

        async def hashes(asked):
            before = threads.submitted
            return await asked, threads.submitted - before

        wrong = (Code.CREDENTIALS_WRONG, 2)
        for email in (verified, unverified, unknown, "no address"):
            assert await hashes(asking.sign_in(counted, email, OTHER)) == wrong
        assert await hashes(asking.sign_in(counted, unverified)) == (Code.USER_NOT_ACTIVATED, 2)
        assert (await hashes(asking.sign_in(counted, verified)))[1] == 2
        for email in (verified, unverified, unknown):
            assert await hashes(asking.sign_up(counted, email)) == (None, 1)
        outcomes = {
            outcome: counted.counted("auth_sign_ins_total", outcome=outcome)
            for outcome in ("opened", "credentials_wrong", "user_not_activated")
        }
        assert outcomes == {"opened": 1, "credentials_wrong": 4, "user_not_activated": 1}
        assert counted.counted("auth_sign_ups_total") == 5
        assert counted.counted("auth_letters_total", purpose="verify") == 4


@pytest.mark.parametrize("sign_ups", [1, 5, 6])
async def test_who_signs_up_and_then_in_learns_nothing_of_the_address(
    replica, asking, make_account, let_pass, sql, sign_ups
):
    known, free = await make_account(), asking.address()

    async def answers(email):
        for number in range(sign_ups):
            yield await asking.sign_up(replica, email, f"{OTHER} {number}")
        for number in range(sign_ups):
            yield await asking.sign_in(replica, email, f"{OTHER} {number}")
        await let_pass(email, "23 hours")
        yield await asking.resend(replica, email)
        await let_pass(email, "2 hours")
        yield await asking.sign_in(replica, email, f"{OTHER} {min(sign_ups, 5) - 1}")
        await let_pass(email, "23 hours")
        yield await asking.sign_in(replica, email, f"{OTHER} {min(sign_ups, 5) - 1}")

    told = [[answer async for answer in answers(email)] for email in (known, free)]

    assert told[0] == told[1]
    assert told[0][-2:] == [Code.USER_NOT_ACTIVATED, Code.CREDENTIALS_WRONG]
    assert isinstance(await asking.sign_in(replica, known), rpc.Tokens)
    kept = "SELECT count(*) FROM sign_ups JOIN users ON users.id = user_id WHERE email_key = $1"
    assert await sql.fetchval(kept, known) == min(sign_ups, 5), "a sign-in deletes nothing"


async def test_no_session_outlives_the_password_that_opened_it(replica, asking, make_account, sql, passwords):
    email = await make_account()
    changed = await passwords.hash(OTHER, asking.context())
    async with sql.transaction():
        await sql.execute("UPDATE users SET password_hash = $2 WHERE email_key = $1", email, changed)
        signing_in = asyncio.ensure_future(asking.sign_in(replica, email))
        await asking.until_blocked(sql)
    assert await signing_in == Code.CREDENTIALS_WRONG
    count = "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email_key = $1"
    assert await sql.fetchval(count, email) == 0


async def test_a_hash_that_is_made_anew_under_way_refuses_nobody(
    replica, asking, make_account, sql, passwords
):
    email = await make_account()
    same = await passwords.hash(PASSWORD, asking.context())
    async with sql.transaction():
        await sql.execute("UPDATE users SET password_hash = $2 WHERE email_key = $1", email, same)
        signing_in = asyncio.ensure_future(asking.sign_in(replica, email))
        await asking.until_blocked(sql)
    assert isinstance(await signing_in, rpc.Tokens)


async def test_a_hash_of_earlier_days_is_made_anew_after_the_reply(replica, asking, make_account, sql):
    email = await make_account()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await sql.execute("UPDATE users SET password_hash = $2 WHERE email_key = $1", email, old)

    async def hash_now():
        return await sql.fetchval("SELECT password_hash FROM users WHERE email_key = $1", email)

    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)
    assert await hash_now() == old

    async def renewed():
        return await hash_now() != old

    async with replica.runtime.background("rehasher", replica.parts.rehasher.run):
        await asking.until(renewed)
    renewed_hash = await hash_now()
    assert "m=19456,t=2,p=1" in renewed_hash
    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)
    assert await hash_now() == renewed_hash


async def test_replicas_that_start_together_agree_on_one_key(make_replica, passwords, sql, asking, replica):
    kept = await sql.fetch("SELECT * FROM signing_keys")
    try:
        await sql.execute("TRUNCATE signing_keys")

        async def kid():
            async with make_replica(passwords) as started:
                (key,) = (await started.use.signing_keys(rpc.SigningKeys(), asking.context())).keys
                return key["kid"]

        assert len(set(await asyncio.gather(*(kid() for _ in range(6))))) == 1
        assert await sql.fetchval("SELECT count(*) FROM signing_keys") == 1
    finally:
        await sql.execute("TRUNCATE signing_keys")
        await sql.copy_records_to_table("signing_keys", records=[tuple(row.values()) for row in kept])


async def test_another_secret_is_told_at_the_start_and_not_its_value(make_replica, passwords, replica):
    secret = base64.b64encode(b"x" * 32).decode()
    with pytest.raises(SettingsError, match="AUTH_SECRET: not the one") as caught:
        async with make_replica(passwords, secret=secret):
            pass
    assert secret not in str(caught.value)


async def test_a_retired_key_signs_nothing_and_is_published_for_an_hour(replica, asking, sql):
    jwk = json.dumps({"kid": "old"})
    insert = "INSERT INTO signing_keys (kid, public_jwk, retired_at) VALUES ('old', $1, now())"
    await sql.execute(insert, jwk)

    async def kids():
        keys = (await replica.use.signing_keys(rpc.SigningKeys(), asking.context())).keys
        assert not any("d" in key for key in keys)
        return [key["kid"] for key in keys]

    try:
        assert "old" in await kids()
        await sql.execute(
            "UPDATE signing_keys SET retired_at = retired_at - interval '1 hour' WHERE kid = 'old'"
        )
        assert "old" not in await kids()
    finally:
        await sql.execute("DELETE FROM signing_keys WHERE kid = 'old'")
