"""Signing keys come and go while people are signed in."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta

import jwt
import pytest

from auth.crypto.root_secret import RootSecret
from auth.crypto.signing_key import KeySealing
from auth.keys import rotate
from auth.storage.signing_key_repository import ADVISORY_LOCK, SigningKeyRepository
from chassis.settings import SettingsError
from contracts.auth import rpc

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
async def one_key(sql, replicas):
    """Each test begins and ends with a key that signs, and nothing else."""
    kept = await sql.fetch("SELECT * FROM signing_keys")
    assert len(kept) == 1
    yield
    await sql.execute("TRUNCATE signing_keys")
    await sql.copy_records_to_table("signing_keys", records=[tuple(row.values()) for row in kept])


@pytest.fixture
def begin(replica, service_settings):
    """Begin a rotation, as the command does."""

    async def begun(secret=service_settings["secret"]):
        return await rotate(SigningKeyRepository(replica.database), KeySealing(RootSecret(secret)))

    return begun


@pytest.fixture
def pass_time(sql):
    async def passed(interval):
        await sql.execute(
            f"""
            UPDATE signing_keys SET signs_from = signs_from - interval '{interval}',
                retired_at = retired_at - interval '{interval}'
            """
        )

    return passed


@pytest.fixture
def published(asking):
    """The keys that a replica publishes, by id."""

    async def by_id(replica):
        reply = await replica.use.signing_keys(rpc.SigningKeys(), asking.context())
        return {key.key_id: key for key in jwt.PyJWKSet.from_dict({"keys": reply.keys}).keys}

    return by_id


def signed_by(tokens):
    return jwt.get_unverified_header(tokens.access_token)["kid"]


def verified(tokens, keys):
    """As a gateway does."""
    key = keys[signed_by(tokens)].key
    return jwt.decode(tokens.access_token, key, algorithms=["EdDSA"], audience="onasty", issuer="onasty")


async def test_a_rotation_signs_nobody_out_and_replicas_agree(
    replicas, asking, make_session, begin, pass_time, published, sql
):
    one, other = replicas
    before = await make_session()
    old = signed_by(before)

    rotation = await begin()

    assert rotation.begun
    for replica in replicas:
        assert set(await published(replica)) == {old, rotation.kid}, "published before it signs"
    gateway = await published(one)

    await pass_time("9 minutes 50 seconds")
    await other.parts.sweeper.sweep()
    early = await asking.refresh(other, before.refresh_token)
    assert signed_by(early) == old, "what asks every 5 minutes may not know the new one yet"

    await pass_time("10 seconds")
    after = [await asking.refresh(one, early.refresh_token), await make_session()]
    after.append(await asking.refresh(other, after[0].refresh_token))
    assert {signed_by(tokens) for tokens in after} == {rotation.kid}
    for tokens in (before, early, *after):
        verified(tokens, gateway)

    await asyncio.gather(*(replica.parts.sweeper.sweep() for replica in replicas))
    row = await sql.fetchrow("SELECT * FROM signing_keys WHERE kid = $1", old)
    assert (row["sealed_private"], row["retired_at"] is None) == (None, False)
    assert signed_by(await make_session()) == rotation.kid
    await pass_time("59 minutes")
    await one.parts.sweeper.sweep()
    verified(early, await published(other))
    await pass_time("1 minute")
    await one.parts.sweeper.sweep()
    assert await sql.fetch("SELECT kid FROM signing_keys") == [(rotation.kid,)]
    assert isinstance(await asking.refresh(one, after[-1].refresh_token), rpc.Tokens)


async def test_one_rotation_at_a_time(begin, pass_time, published, replica, sql):
    rotations = await asyncio.gather(*(begin() for _ in range(6)))
    (begun,) = (rotation for rotation in rotations if rotation.begun)
    assert {(rotation.kid, rotation.signs_from) for rotation in rotations} == {(begun.kid, begun.signs_from)}
    assert await sql.fetchval("SELECT count(*) FROM signing_keys") == 2
    now = await sql.fetchval("SELECT now()")
    assert timedelta(minutes=9) < begun.signs_from - now <= timedelta(minutes=10)

    await pass_time("10 minutes")
    another = await begin()
    assert another.begun
    assert set(await published(replica)) >= {begun.kid, another.kid}


async def test_a_rotation_waits_for_another_that_is_not_committed(replica, asking, service_settings, sql):
    keys = SigningKeyRepository(replica.database)
    sealing = KeySealing(RootSecret(service_settings["secret"]))
    async with sql.transaction():
        await sql.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
        rotating = asyncio.ensure_future(keys.rotate(sealing.new_key()))
        await asking.until_blocked(sql)
        await sql.execute(
            """
            INSERT INTO signing_keys (kid, public_jwk, sealed_private, signs_from)
            VALUES ('first', '{}', '', now() + interval '10 minutes')
            """
        )
    rotation = await rotating
    assert (rotation.kid, rotation.begun) == ("first", False)


async def test_a_replica_that_starts_while_a_key_waits_signs_with_the_old(
    make_replica, passwords, asking, make_account, make_session, begin
):
    old = signed_by(await make_session())
    email = await make_account()
    await begin()
    async with make_replica(passwords) as started:
        assert signed_by(await asking.sign_in(started, email)) == old


async def test_another_secret_rotates_nothing(begin, sql):
    with pytest.raises(SettingsError, match="AUTH_SECRET: not the one"):
        await begin("eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")
    assert await sql.fetchval("SELECT count(*) FROM signing_keys") == 1


def command(**environment):
    rest = {name: value for name, value in os.environ.items() if not name.startswith("AUTH_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "auth.keys", "rotate"],
        env=rest | environment,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_command_tells_what_it_did(servers, service_settings, sql):
    url, secret = servers.postgres["auth"], service_settings["secret"]

    first = command(AUTH_DATABASE_URL=url, AUTH_SECRET=secret)
    kid = await sql.fetchval("SELECT kid FROM signing_keys ORDER BY signs_from DESC LIMIT 1")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith(f"Key {kid} signs from 2")

    again = command(AUTH_DATABASE_URL=url, AUTH_SECRET=secret)
    assert (again.returncode, again.stdout) == (1, "")
    assert f"Key {kid} signs from" in again.stderr
    assert "under way" in again.stderr

    unset = command(AUTH_DATABASE_URL=url)
    assert unset.returncode == 1
    assert "AUTH_SECRET" in unset.stderr
    assert "Traceback" not in unset.stderr
    away = command(
        AUTH_DATABASE_URL="postgresql://auth:hidden-from-all@127.0.0.1:1/onasty",
        AUTH_SECRET=secret,
        AUTH_START_TIMEOUT="0.5",
    )
    assert away.returncode == 1
    assert away.stderr == "auth.keys: PostgreSQL is not reachable at AUTH_DATABASE_URL.\n"
