"""Passwords that are set by a link."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from chassis.passwords import PasswordHashing
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
TOKENS, RACERS, SIGN_INS = 100, 8, 200


class CountingThreads(ThreadPoolExecutor):
    """Each Argon2 hash is one piece of work for the threads."""

    submitted = 0

    def submit(self, *arguments, **named):
        self.submitted += 1
        return super().submit(*arguments, **named)


@pytest.fixture
def ask_reset(replica, asking):
    async def ask_reset(email, *, at=None):
        request = rpc.RequestPasswordReset(email=email)
        return await asking.refused((at or replica).use.request_password_reset(request, asking.context()))

    return ask_reset


@pytest.fixture
def reset(replica, asking):
    async def reset(token, password=OTHER, *, at=None):
        request = rpc.ResetPassword(token=token, password=password)
        return await asking.refused((at or replica).use.reset_password(request, asking.context()))

    return reset


@pytest.fixture
async def quick(make_replica, passwords, monkeypatch):
    """Two replicas whose hashes cost next to nothing: what races is the database."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("chassis.passwords._HASHER", cheap)
    async with make_replica(passwords) as one, make_replica(passwords) as other:
        yield [one, other]


async def test_a_reset_sets_the_password_ends_all_sessions_and_works_once(
    replica, asking, mail, make_account, ask_reset, reset, revoked, let_pass, living_sessions, sql
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    assert await ask_reset(email.upper()) is None
    await let_pass(email, "61 seconds")
    assert await ask_reset(email) is None
    first, second = await mail.tokens(email)
    assert await reset(first, "password1") == Code.INVALID_REQUEST
    assert await reset(first) is None

    assert [await reset(token) for token in (first, second)] == [Code.LINK_INVALID] * 2
    assert await mail.tokens(email) == [], "no letter goes out with a link that is dead"
    assert await living_sessions(email) == 0
    assert await revoked(actor.user_id) == [{actor.session_id}]
    changed = "SELECT count(*) FROM outbox WHERE entity_id = $1 AND type LIKE '%.password_changed'"
    assert await sql.fetchval(changed, actor.user_id) == 1
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    assert isinstance(await asking.sign_in(replica, email, OTHER), rpc.Tokens)


async def test_a_reset_link_ends_after_an_hour(replica, mail, make_account, ask_reset, reset, let_pass):
    email = await make_account()
    await ask_reset(email)
    (token,) = await mail.tokens(email)
    await let_pass(email, "1 hour")
    assert await reset(token) == Code.LINK_INVALID


async def test_a_link_of_another_purpose_resets_nothing(replica, asking, mail, reset):
    email = asking.address()
    await asking.sign_up(replica, email)
    (token,) = await mail.tokens(email)
    assert await reset(token) == Code.LINK_INVALID
    assert await asking.verify(replica, token) is None


async def test_a_reset_is_sent_once_a_minute_and_no_sign_up_of_another_withholds_it(
    replica, asking, mail, make_account, ask_reset, let_pass
):
    email = await make_account()
    await let_pass(email, "2 minutes")
    assert await asking.sign_up(replica, email, OTHER) is None
    for _ in range(3):
        assert await ask_reset(email) is None
    assert len(await mail.tokens(email)) == 1
    await let_pass(email, "61 seconds")
    assert await ask_reset(email) is None
    assert len(await mail.tokens(email)) == 2


async def test_known_and_unknown_get_the_same_answer_for_the_same_hashes(
    make_replica, replica, asking, make_account, sql
):
    known, unverified, unknown = await make_account(), asking.address(), asking.address()
    await asking.sign_up(replica, unverified)
    threads = CountingThreads(2)
    async with make_replica(PasswordHashing(threads, CollectorRegistry())) as counted:
        before = threads.submitted
        answers = [
            (
                await counted.use.request_password_reset(
                    rpc.RequestPasswordReset(email=email), asking.context()
                )
            ).model_dump_json()
            for email in (known, unverified, unknown)
        ]
        assert len(set(answers)) == 1
        assert threads.submitted == before
        assert counted.counted("auth_letters_total", purpose="reset") == 1
        # Random tokens keep nobody from signing in.
        request = rpc.ResetPassword(token="A" * 43, password=OTHER)
        refused = counted.use.reset_password(request, asking.context())
        assert await asking.refused(refused) == Code.LINK_INVALID
        assert threads.submitted == before


async def test_who_signs_in_elsewhere_alone_sets_a_first_password(
    replica, asking, mail, make_account, ask_reset, reset, sql
):
    email = await make_account()
    await sql.execute("UPDATE users SET password_hash = NULL WHERE email_key = $1", email)
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    await ask_reset(email)
    (token,) = await mail.tokens(email)
    assert await reset(token) is None
    assert isinstance(await asking.sign_in(replica, email, OTHER), rpc.Tokens)


async def test_of_many_who_use_one_link_one_succeeds(quick, mail, make_account, ask_reset, reset):
    for _ in range(TOKENS):
        email = await make_account()
        await ask_reset(email)
        (token,) = await mail.tokens(email)
        racers = (reset(token, f"{OTHER} {number}", at=quick[number % 2]) for number in range(RACERS))
        outcomes = await asyncio.gather(*racers)
        assert sorted(map(str, outcomes)) == ["None", *["link_invalid"] * (RACERS - 1)]


async def test_of_two_links_of_one_account_at_the_same_time_one_succeeds(
    replicas, asking, mail, make_account, ask_reset, reset, let_pass
):
    for _ in range(8):
        email = await make_account()
        await ask_reset(email)
        await let_pass(email, "61 seconds")
        await ask_reset(email)
        tokens = await mail.tokens(email)
        racers = (reset(token, f"{OTHER} {n}", at=replicas[n]) for n, token in enumerate(tokens))
        outcomes = await asyncio.gather(*racers)
        assert sorted(map(str, outcomes)) == ["None", "link_invalid"]
        winner = f"{OTHER} {outcomes.index(None)}"
        assert isinstance(await asking.sign_in(replicas[0], email, winner), rpc.Tokens)


async def test_a_sign_in_that_races_a_reset_leaves_no_session_of_the_old_password(
    quick, asking, mail, make_account, ask_reset, reset, living_sessions, sql
):
    email, passwords = await make_account(), [PASSWORD, OTHER]
    lost = 0
    for number in range(SIGN_INS):
        # So that the next does not rest.
        await sql.execute(
            "DELETE FROM letters USING users WHERE user_id = users.id AND email_key = $1", email
        )
        await ask_reset(email)
        (token,) = await mail.tokens(email)
        old, new = passwords[number % 2], passwords[(number + 1) % 2]
        signed_in, outcome = await asyncio.gather(
            asking.sign_in(quick[0], email, old), reset(token, new, at=quick[1])
        )
        assert outcome is None
        lost += not isinstance(signed_in, rpc.Tokens)
        assert await living_sessions(email) == 0
    assert 0 < lost < SIGN_INS, "one always came first: nothing was raced"
