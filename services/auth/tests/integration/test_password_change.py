"""Passwords that their owners change."""

import asyncio
import json
from uuid import uuid4

import pytest

from contracts.actor import Actor
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
GUESSES = 10


@pytest.fixture
def change(replica, asking):
    async def change(actor, current=PASSWORD, new=OTHER, *, at=None):
        request = rpc.ChangePassword(current_password=current, new_password=new)
        return await asking.refused((at or replica).use.change_password(request, asking.context(actor)))

    return change


@pytest.fixture
def told(sql):
    """The events of a user of one kind, in order."""

    async def told(user_id, kind):
        found = "SELECT data FROM outbox WHERE entity_id = $1 AND type = $2 ORDER BY id"
        rows = await sql.fetch(found, user_id, f"events.auth.v1.user.{kind}")
        return [json.loads(row["data"]) for row in rows]

    return told


async def test_a_change_ends_every_session_and_is_announced(
    replica, asking, mail, make_account, change, told, revoked, living_sessions
):
    email = await make_account()
    actors = [await asking.signed_in(replica, email) for _ in range(3)]
    assert await change(actors[0]) is None

    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    assert await revoked(actors[0].user_id) == [{actor.session_id for actor in actors}]
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


async def test_without_a_password_there_is_none_to_change(replica, asking, make_account, change, sql):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    await sql.execute("UPDATE users SET password_hash = NULL WHERE email_key = $1", email)
    assert await change(actor) == Code.PASSWORD_WRONG


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


async def test_a_change_discards_the_links_that_were_sent(replica, asking, mail, make_account, change):
    email, new = await make_account(), asking.address()
    await replica.use.request_password_reset(rpc.RequestPasswordReset(email=email), asking.context())
    actor = await asking.signed_in(replica, email)
    about = rpc.RequestEmailChange(new_email=new, current_password=PASSWORD)
    await replica.use.request_email_change(about, asking.context(actor))
    (by_reset,), (by_change,) = await mail.tokens(email), await mail.tokens(new)
    assert await change(actor) is None
    reset = replica.use.reset_password(rpc.ResetPassword(token=by_reset, password=PASSWORD), asking.context())
    confirm = replica.use.confirm_email_change(rpc.ConfirmEmailChange(token=by_change), asking.context())
    assert [await asking.refused(used) for used in (reset, confirm)] == [Code.LINK_INVALID] * 2
