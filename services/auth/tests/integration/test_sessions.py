"""Sessions as their users see and end them."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from auth.storage.session_repository import open_session
from contracts.actor import Actor
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration


def asked_with(replica, context):
    """Everything that needs the actor's session to live."""
    use = replica.use
    return {
        "list": lambda: use.list_sessions(rpc.ListSessions(), context),
        "revoke": lambda: use.revoke_session(rpc.RevokeSession(session_id=uuid4()), context),
        "account": lambda: use.current_user(rpc.CurrentUser(), context),
        "everywhere": lambda: use.sign_out_everywhere(rpc.SignOutEverywhere(), context),
    }


@pytest.mark.parametrize("end", ["sign_out", "revoke", "everywhere", "idle", "nobody", "another"])
async def test_nothing_is_done_for_a_session_that_is_over(
    replicas, asking, make_account, make_session, let_pass, end
):
    one, other = replicas
    email = await make_account()
    tokens, second = await make_session(email), await make_session(email)
    context = asking.acting(tokens)
    match end:
        case "sign_out":
            await one.use.sign_out(rpc.SignOut(refresh_token=tokens.refresh_token), asking.context())
        case "revoke":
            request = rpc.RevokeSession(session_id=context.actor.session_id)
            await one.use.revoke_session(request, asking.acting(second))
        case "everywhere":
            await one.use.sign_out_everywhere(rpc.SignOutEverywhere(), asking.acting(second))
        case "idle":
            await let_pass(email, "30 days")
        case "nobody":
            context = asking.context()
        case "another":
            stranger = asking.acting(await make_session()).actor.user_id
            context = replace(context, actor=Actor(stranger, context.actor.session_id))
    for name, ask in asked_with(other, context).items():
        assert await asking.refused(ask()) == Code.UNAUTHENTICATED, name


async def test_a_session_that_lives_is_asked_for_nothing_else(replica, asking, make_session):
    told = [
        await asking.refused(ask())
        for ask in asked_with(replica, asking.acting(await make_session())).values()
    ]
    assert told == [None, Code.SESSION_NOT_FOUND, None, None]


@pytest.mark.parametrize("which", ["current", "used", "with the actor"])
async def test_sign_out_ends_one_session_and_may_be_repeated(
    replica, asking, make_account, make_session, revoked, which
):
    email = await make_account()
    tokens, other = await make_session(email), await make_session(email)
    actor = asking.acting(tokens).actor
    latest = tokens
    if which == "used":
        latest = await asking.refresh(replica, tokens.refresh_token)
    context = asking.acting(tokens) if which == "with the actor" else asking.context()
    for _ in range(2):
        await replica.use.sign_out(rpc.SignOut(refresh_token=tokens.refresh_token), context)
    await replica.use.sign_out(rpc.SignOut(refresh_token="unknown"), context)

    assert await revoked(actor.user_id) == [{actor.session_id}]
    assert await asking.refresh(replica, latest.refresh_token) == Code.SESSION_INVALID
    assert isinstance(await asking.refresh(replica, other.refresh_token), rpc.Tokens)


async def test_an_actor_signs_nobody_else_out(replica, asking, make_session, revoked):
    mine, theirs = await make_session(), await make_session()
    await replica.use.sign_out(rpc.SignOut(refresh_token=theirs.refresh_token), asking.acting(mine))
    assert isinstance(await asking.refresh(replica, theirs.refresh_token), rpc.Tokens)
    assert await revoked(asking.acting(theirs).actor.user_id) == []


async def test_everywhere_is_every_session_of_one_user_and_one_event(
    replica, asking, make_account, make_session, revoked
):
    email = await make_account()
    mine, theirs = [await make_session(email) for _ in range(3)], await make_session()
    actors = [asking.acting(tokens).actor for tokens in mine]
    await replica.use.sign_out_everywhere(rpc.SignOutEverywhere(), asking.acting(mine[1]))

    assert await revoked(actors[0].user_id) == [{actor.session_id for actor in actors}]
    for tokens in mine:
        assert await asking.refresh(replica, tokens.refresh_token) == Code.SESSION_INVALID
    assert isinstance(await asking.refresh(replica, theirs.refresh_token), rpc.Tokens)


async def test_everywhere_is_a_session_that_is_being_opened_as_well(
    replica, asking, make_account, make_session, sql
):
    tokens = await make_session()
    context = asking.acting(tokens)
    user_id = context.actor.user_id
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
        await open_session(sql, user_id, os.urandom(32))
        signing_out = asyncio.ensure_future(replica.use.sign_out_everywhere(rpc.SignOutEverywhere(), context))
        await asking.until_blocked(sql)
    await signing_out
    assert await sql.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", user_id) == 0


async def test_the_list_has_those_that_live_and_when_they_were_used(
    replica, asking, make_account, make_session, let_pass, sql
):
    email = await make_account()
    lapsed = await make_session(email)
    await let_pass(email, "10 days")
    old = await make_session(email)
    await let_pass(email, "20 days")
    new = await make_session(email)
    await make_session()
    at_sign_in = (await sessions(replica, asking.acting(old)))[-1]
    refreshed = await asking.refresh(replica, old.refresh_token)
    assert isinstance(refreshed, rpc.Tokens)

    listed = await sessions(replica, asking.acting(old))

    ids = [asking.acting(tokens).actor.session_id for tokens in (new, old)]
    assert [session.id for session in listed] == ids
    assert asking.acting(lapsed).actor.session_id not in ids
    assert [session.current for session in listed] == [False, True]
    first, second = listed
    assert first.created_at == first.last_used_at
    assert first.expires_at - first.created_at == timedelta(days=30)
    assert at_sign_in.last_used_at == at_sign_in.created_at == second.created_at
    assert second.last_used_at - second.created_at > timedelta(days=20)
    assert second.expires_at - second.last_used_at == timedelta(days=30)


async def sessions(replica, context):
    return (await replica.use.list_sessions(rpc.ListSessions(), context)).sessions


async def test_one_ends_ones_own_sessions_alone(replica, asking, make_account, make_session, revoked):
    email = await make_account()
    mine, other, theirs = await make_session(email), await make_session(email), await make_session()

    async def revoke(tokens):
        request = rpc.RevokeSession(session_id=asking.acting(tokens).actor.session_id)
        return await asking.refused(replica.use.revoke_session(request, asking.acting(mine)))

    assert await revoke(theirs) == Code.SESSION_NOT_FOUND
    assert await revoke(other) is None
    assert await revoke(other) == Code.SESSION_NOT_FOUND
    assert await revoke(mine) is None
    assert await revoke(mine) == Code.UNAUTHENTICATED

    mine_id, other_id, _ = (asking.acting(each).actor.session_id for each in (mine, other, theirs))
    assert await revoked(asking.acting(mine).actor.user_id) == [{other_id}, {mine_id}]
    assert isinstance(await asking.refresh(replica, theirs.refresh_token), rpc.Tokens)


async def test_an_account_as_its_owner_sees_it(replica, asking, make_account, make_session, sql):
    email = await make_account(asking.address().capitalize())
    tokens = await make_session(email)
    context = asking.acting(tokens)
    row = await sql.fetchrow("SELECT * FROM users WHERE id = $1", context.actor.user_id)

    assert await replica.use.current_user(rpc.CurrentUser(), context) == rpc.CurrentUserReply(
        user_id=context.actor.user_id,
        email=email,
        created_at=row["created_at"],
        last_login_at=row["last_login_at"],
        has_password=True,
    )
    assert row["last_login_at"] > row["created_at"]
    await sql.execute("UPDATE users SET password_hash = NULL WHERE id = $1", context.actor.user_id)
    assert not (await replica.use.current_user(rpc.CurrentUser(), context)).has_password
