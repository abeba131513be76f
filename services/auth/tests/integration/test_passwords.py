"""Passwords that take the place of others: by a change, and by a link."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from chassis.passwords import PasswordHashing
from chassis.postgres import Database
from contracts.actor import Actor
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
TOKENS, RACERS, SIGN_INS = 100, 8, 200
GUESSES = 10


class CountingThreads(ThreadPoolExecutor):
    """Each Argon2 hash is one piece of work for the threads."""

    submitted = 0

    def submit(self, *arguments, **named):
        self.submitted += 1
        return super().submit(*arguments, **named)


@pytest.fixture
def change(replica, asking):
    async def change(actor, current=PASSWORD, new=OTHER, *, at=None):
        request = rpc.ChangePassword(current_password=current, new_password=new)
        return await asking.refused((at or replica).use.change_password(request, asking.context(actor)))

    return change


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
def told(sql):
    """The events of a user of one kind, in order."""

    async def told(user_id, kind):
        found = "SELECT data FROM outbox WHERE entity_id = $1 AND type = $2 ORDER BY id"
        rows = await sql.fetch(found, user_id, f"events.auth.v1.user.{kind}")
        return [json.loads(row["data"]) for row in rows]

    return told


async def test_a_change_ends_every_session_and_is_announced(
    replica, asking, mail, make_account, change, told, living_sessions
):
    email = await make_account()
    actors = [await asking.signed_in(replica, email) for _ in range(3)]
    assert await change(actors[0]) is None

    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    (revoked,) = await told(actors[0].user_id, "sessions_revoked")
    assert set(revoked["session_ids"]) == {str(actor.session_id) for actor in actors}
    assert await living_sessions(email) == 0
    assert [await change(actor, OTHER, PASSWORD) for actor in actors] == [Code.UNAUTHENTICATED] * 3
    assert await told(actors[0].user_id, "password_changed") == [{"user_id": str(actors[0].user_id)}]
    letters = [await asking.details(replica, event["id"]) for event in await mail.events(email)]
    notices = [letter for letter in letters if isinstance(letter, rpc.MailDetails)]
    assert [(notice.recipient, notice.link) for notice in notices] == [(email, None)]
    assert isinstance(await asking.sign_in(replica, email, OTHER), rpc.Tokens)


async def test_who_may_not_change_changes_nothing(replica, asking, make_account, change, let_pass):
    email, other = await make_account(), await make_account()
    actor, stranger = await asking.signed_in(replica, email), await asking.signed_in(replica, other)
    assert await change(None) == Code.UNAUTHENTICATED
    assert await change(Actor(actor.user_id, uuid4())) == Code.UNAUTHENTICATED
    assert await change(Actor(actor.user_id, stranger.session_id)) == Code.UNAUTHENTICATED
    assert await change(actor, OTHER) == Code.PASSWORD_WRONG
    assert await change(actor, new="password1") == Code.INVALID_REQUEST
    await let_pass(email, "30 days")
    assert await change(actor) == Code.UNAUTHENTICATED
    assert await asking.signed_in(replica, email)


async def test_an_access_token_guesses_ten_times_also_at_once(
    replicas, replica, asking, make_account, change, living_sessions
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    for _ in range(GUESSES - 1):
        assert await change(actor, OTHER) == Code.PASSWORD_WRONG
    # Who knows it begins anew: the count is of guesses that were wrong.
    about = rpc.RequestEmailChange(new_email=asking.address(), current_password=PASSWORD)
    assert await asking.refused(replica.use.request_email_change(about, asking.context(actor))) is None

    guesses = [change(actor, f"{OTHER} {number}", at=replicas[number % 2]) for number in range(2 * GUESSES)]
    outcomes = await asyncio.gather(*guesses)
    assert outcomes.count(Code.PASSWORD_WRONG) == GUESSES
    assert outcomes.count(Code.SIGN_IN_AGAIN) == GUESSES
    assert await change(actor) == Code.SIGN_IN_AGAIN, "the right one no more"
    assert await living_sessions(email) == 1, "nobody is signed out by it"
    assert await change(await asking.signed_in(replica, email)) is None


async def test_a_change_that_meets_the_end_of_its_session_is_refused(
    replica, asking, make_account, change, sql
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", actor.user_id)
        changing = asyncio.ensure_future(change(actor))
        await asking.until_blocked(sql)
        await sql.execute("DELETE FROM sessions WHERE user_id = $1", actor.user_id)
    assert await changing == Code.UNAUTHENTICATED
    assert await asking.signed_in(replica, email)


async def test_a_reset_sets_the_password_ends_all_sessions_and_works_once(
    replica, asking, mail, make_account, ask_reset, reset, told, let_pass, living_sessions
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
    (revoked,) = await told(actor.user_id, "sessions_revoked")
    assert revoked["session_ids"] == [str(actor.session_id)]
    assert len(await told(actor.user_id, "password_changed")) == 1
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    assert isinstance(await asking.sign_in(replica, email, OTHER), rpc.Tokens)


async def test_a_change_discards_the_links_that_were_sent(
    replica, asking, mail, make_account, ask_reset, reset, change
):
    email, new = await make_account(), asking.address()
    await ask_reset(email)
    actor = await asking.signed_in(replica, email)
    about = rpc.RequestEmailChange(new_email=new, current_password=PASSWORD)
    await replica.use.request_email_change(about, asking.context(actor))
    (by_reset,), (by_change,) = await mail.tokens(email), await mail.tokens(new)
    assert await change(actor) is None
    assert await reset(by_reset, PASSWORD) == Code.LINK_INVALID
    confirm = replica.use.confirm_email_change(rpc.ConfirmEmailChange(token=by_change), asking.context())
    assert await asking.refused(confirm) == Code.LINK_INVALID


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
    async with make_replica(PasswordHashing(threads)) as counted:
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


class Recorded:
    """A connection, and what it was asked to do, one after the other."""

    def __init__(self, connection, log):
        self._connection = connection
        self._log = log

    def __getattr__(self, name):
        member = getattr(self._connection, name)

        def recorded(*arguments):
            self._log.append((name, *arguments[:1]))
            return member(*arguments)

        return recorded


async def test_known_and_unknown_cost_the_database_the_same(
    replica, asking, make_account, ask_reset, monkeypatch
):
    known, unverified, unknown = await make_account(), asking.address(), asking.address()
    await asking.sign_up(replica, unverified)
    transaction, logs = Database.transaction, []

    @asynccontextmanager
    async def recorded(database, context=None):
        logs.append([])
        async with transaction(database, context) as connection:
            yield Recorded(connection, logs[-1])

    monkeypatch.setattr(Database, "transaction", recorded)
    # The second time the known one's letter rests.
    for email in (known, known, unverified, unknown):
        assert await ask_reset(email) is None
    written = [[step for step in log if step[0] != "transaction"] for log in logs]
    assert len(written) == 4
    assert len(written[0]) == 4
    assert all(steps == written[0] for steps in written)


async def test_who_signs_in_elsewhere_alone_sets_a_first_password(
    replica, asking, mail, make_account, ask_reset, reset, change, sql
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    await sql.execute("UPDATE users SET password_hash = NULL WHERE email_key = $1", email)
    assert await change(actor) == Code.PASSWORD_WRONG
    await ask_reset(email)
    (token,) = await mail.tokens(email)
    assert await reset(token) is None
    assert isinstance(await asking.sign_in(replica, email, OTHER), rpc.Tokens)


async def test_of_many_who_use_one_link_one_succeeds(replicas, mail, make_account, ask_reset, reset):
    for _ in range(TOKENS):
        email = await make_account()
        await ask_reset(email)
        (token,) = await mail.tokens(email)
        racers = (reset(token, f"{OTHER} {number}", at=replicas[number % 2]) for number in range(RACERS))
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
    replicas, asking, mail, make_account, ask_reset, reset, let_pass, living_sessions
):
    email, passwords = await make_account(), [PASSWORD, OTHER]
    lost = 0
    for number in range(SIGN_INS):
        await let_pass(email, "61 seconds")
        await ask_reset(email)
        (token,) = await mail.tokens(email)
        old, new = passwords[number % 2], passwords[(number + 1) % 2]
        signed_in, outcome = await asyncio.gather(
            asking.sign_in(replicas[0], email, old), reset(token, new, at=replicas[1])
        )
        assert outcome is None
        lost += not isinstance(signed_in, rpc.Tokens)
        assert await living_sessions(email) == 0
    assert lost < SIGN_INS, "none came first: nothing was raced"
