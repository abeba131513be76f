"""Refresh tokens: used once, repeated by their owners, copied by others."""

import asyncio
from collections import Counter

import pytest

from auth.crypto.one_time_links import token_hash
from auth.crypto.root_secret import RootSecret
from auth.crypto.session_tokens import SessionTokens
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

SESSIONS, ROUNDS, RACERS = 4, 25, 8


def outcomes(replicas):
    names = ("refreshed", "repeated", "refused", "reused")
    return Counter(
        {
            name: sum(replica.counted("auth_refreshes_total", outcome=name) for replica in replicas)
            for name in names
        }
    )


@pytest.fixture
def age(sql):
    """`age(token, "11 seconds")`: it was used so much longer ago."""

    async def aged(refresh_token, interval):
        done = await sql.execute(
            f"""
            UPDATE refresh_tokens SET rotated_at = rotated_at - interval '{interval}' WHERE token_hash = $1
            """,
            token_hash(refresh_token),
        )
        assert done == "UPDATE 1"

    return aged


async def test_all_racers_get_the_same_successor_and_there_is_one(replicas, asking, make_session, sql):
    before = outcomes(replicas)

    async def chain(tokens):
        session_id = asking.acting(tokens).actor.session_id
        parents = {tokens.refresh_token}
        for _ in range(ROUNDS):
            racing = [
                asking.refresh(replicas[n % len(replicas)], tokens.refresh_token) for n in range(RACERS)
            ]
            results = await asyncio.gather(*racing)
            assert {result.refresh_token for result in results} - parents == {results[0].refresh_token}
            assert {asking.acting(result).actor for result in results} == {asking.acting(tokens).actor}
            tokens = results[0]
            parents.add(tokens.refresh_token)
        rows = await sql_rows(session_id)
        assert len(rows) == ROUNDS + 1
        assert {row["token_hash"] for row in rows} == {token_hash(token) for token in parents}
        assert [row["token_hash"] for row in rows if row["rotated_at"] is None] == [
            token_hash(tokens.refresh_token)
        ]

    one_at_a_time = asyncio.Lock()

    async def sql_rows(session_id):
        async with one_at_a_time:
            return await sql.fetch("SELECT * FROM refresh_tokens WHERE session_id = $1", session_id)

    sessions = [await make_session() for _ in range(SESSIONS)]
    await asyncio.gather(*map(chain, sessions))
    refreshed = SESSIONS * ROUNDS
    assert outcomes(replicas) - before == {"refreshed": refreshed, "repeated": refreshed * (RACERS - 1)}


async def test_a_late_repeat_is_refused_and_signs_nobody_out(replicas, asking, make_session, age, revoked):
    one, other = replicas
    first = await make_session()
    second = await asking.refresh(one, first.refresh_token)
    await age(first.refresh_token, "9 seconds")
    assert (await asking.refresh(other, first.refresh_token)).refresh_token == second.refresh_token
    third = await asking.refresh(other, second.refresh_token)
    assert third.refresh_token not in {first.refresh_token, second.refresh_token}

    before = outcomes(replicas)
    assert await asking.refresh(one, first.refresh_token) == Code.SESSION_INVALID
    assert outcomes(replicas) - before == {"refused": 1}
    assert isinstance(await asking.refresh(one, third.refresh_token), rpc.Tokens)
    assert await revoked(asking.acting(first).actor.user_id) == []


@pytest.mark.parametrize("successor_used", [True, False])
async def test_a_copy_that_comes_later_ends_the_session(
    replicas, asking, make_session, age, revoked, sql, successor_used
):
    first = await make_session()
    latest = await asking.refresh(replicas[0], first.refresh_token)
    if successor_used:
        latest = await asking.refresh(replicas[0], latest.refresh_token)
    await age(first.refresh_token, "10 seconds")
    before = outcomes(replicas)

    assert await asking.refresh(replicas[1], first.refresh_token) == Code.SESSION_INVALID

    assert outcomes(replicas) - before == {"reused": 1}
    actor = asking.acting(first).actor
    assert await revoked(actor.user_id) == [{actor.session_id}]
    assert await asking.refresh(replicas[0], latest.refresh_token) == Code.SESSION_INVALID
    assert await sql.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", actor.user_id) == 0
    query = "SELECT count(*) FROM refresh_tokens WHERE session_id = $1"
    assert await sql.fetchval(query, actor.session_id) == 0


async def test_an_unknown_token_is_refused(replica, asking, make_session):
    tokens = await make_session()
    for unknown in ("x", "é" * 256, tokens.access_token[:256], tokens.refresh_token[:-1]):
        assert await asking.refresh(replica, unknown) == Code.SESSION_INVALID


async def test_a_successor_is_good_only_once_its_parent_was_used(
    replica, asking, make_session, service_settings
):
    secret = RootSecret(service_settings["secret"])
    tokens = await make_session()
    successor = SessionTokens(None, secret, issuer="", audience="").successor(tokens.refresh_token)
    assert await asking.refresh(replica, successor) == Code.SESSION_INVALID
    assert (await asking.refresh(replica, tokens.refresh_token)).refresh_token == successor


async def test_use_keeps_a_session_alive_and_180_days_end_it(
    replica, asking, make_account, make_session, let_pass
):
    email = await make_account()
    tokens = await make_session(email)
    for _ in range(6):
        await let_pass(email, "29 days")
        tokens = await asking.refresh(replica, tokens.refresh_token)
        assert isinstance(tokens, rpc.Tokens)
    await let_pass(email, "6 days")
    assert await asking.refresh(replica, tokens.refresh_token) == Code.SESSION_INVALID


async def test_an_unused_session_ends_after_30_days_before_any_sweep(
    replica, asking, make_account, make_session, let_pass, revoked
):
    email = await make_account()
    tokens = await make_session(email)
    await let_pass(email, "30 days")
    assert await asking.refresh(replica, tokens.refresh_token) == Code.SESSION_INVALID
    assert await revoked(asking.acting(tokens).actor.user_id) == []


async def test_a_used_token_is_known_for_30_days(
    replica, asking, make_account, make_session, let_pass, revoked
):
    email = await make_account()
    copied, known = [await make_session(email) for _ in range(2)]
    later = [await asking.refresh(replica, tokens.refresh_token) for tokens in (copied, known)]

    await let_pass(email, "29 days")
    await replica.parts.sweeper.sweep()
    assert await asking.refresh(replica, copied.refresh_token) == Code.SESSION_INVALID
    ended = asking.acting(copied).actor
    assert await revoked(ended.user_id) == [{ended.session_id}]

    tokens = await asking.refresh(replica, later[1].refresh_token)
    await let_pass(email, "1 day")
    await replica.parts.sweeper.sweep()
    assert await asking.refresh(replica, known.refresh_token) == Code.SESSION_INVALID
    assert isinstance(await asking.refresh(replica, tokens.refresh_token), rpc.Tokens)


async def test_a_session_that_ends_meanwhile_gives_no_tokens(replica, asking, make_session, sql):
    tokens = await make_session()
    session_id = asking.acting(tokens).actor.session_id
    async with sql.transaction():
        await sql.execute("DELETE FROM sessions WHERE id = $1", session_id)
        refreshing = asyncio.ensure_future(asking.refresh(replica, tokens.refresh_token))
        await asking.until_blocked(sql)
    assert await refreshing == Code.SESSION_INVALID


async def test_who_goes_on_and_who_ends_at_once_wait_for_each_other_and_never_in_a_circle(
    replicas, asking, make_account, make_session, sql
):
    email = await make_account()
    for _ in range(10):
        sessions = [await make_session(email) for _ in range(3)]
        one, other = replicas
        contexts = [asking.acting(tokens) for tokens in sessions]
        told = await asyncio.gather(
            *(asking.refresh(replica, tokens.refresh_token) for tokens in sessions for replica in replicas),
            asking.refused(
                one.use.revoke_session(
                    rpc.RevokeSession(session_id=contexts[0].actor.session_id), contexts[1]
                )
            ),
            asking.refused(
                other.use.sign_out(rpc.SignOut(refresh_token=sessions[2].refresh_token), contexts[0])
            ),
            *(
                asking.refused(replica.use.sign_out_everywhere(rpc.SignOutEverywhere(), context))
                for replica, context in zip(replicas, contexts, strict=False)
            ),
        )
        codes = {code for code in told if isinstance(code, Code)}
        assert codes <= {Code.SESSION_INVALID, Code.UNAUTHENTICATED, Code.SESSION_NOT_FOUND}
        user_id = contexts[0].actor.user_id
        assert await sql.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", user_id) == 0
