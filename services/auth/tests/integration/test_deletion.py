"""Accounts that end by the wish of their owners."""

import asyncio
import json

import pytest

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
# Of ids alone, for their own time.
EVENTS = {"outbox"}


@pytest.fixture
def delete(replica, asking):
    async def delete(actor, password=PASSWORD, *, at=None):
        request = rpc.DeleteAccount(password=password)
        return await asking.refused((at or replica).use.delete_account(request, asking.context(actor)))

    return delete


@pytest.fixture
def tables_about(sql):
    """In which tables one of these texts is found."""

    async def tables_about(*texts):
        names = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'auth'")
        found = set()
        for (name,) in names:
            rows = await sql.fetch(f"SELECT t::text AS row FROM {name} AS t")
            found |= {name for row in rows for text in texts if text in row["row"]}
        return found

    return tables_about


@pytest.fixture
def make_full_account(replica, asking, mail, make_account, let_pass, sql):
    """With all that an account can have; gives its address, a pending one, and a signed-in actor."""

    async def made():
        email, new = await make_account(), asking.address()
        await let_pass(email, "2 minutes")
        await asking.sign_up(replica, email, OTHER)
        await replica.use.request_password_reset(rpc.RequestPasswordReset(email=email), asking.context())
        await asking.signed_in(replica, email)
        actor = await asking.signed_in(replica, email)
        request = rpc.RequestEmailChange(new_email=new, current_password=PASSWORD)
        await replica.use.request_email_change(request, asking.context(actor))
        await sql.execute(
            "INSERT INTO identities (provider, subject, user_id, email) VALUES ('google', $1, $2, $3)",
            actor.user_id.hex,
            actor.user_id,
            email,
        )
        return email, new, actor

    return made


async def test_nothing_is_left_but_the_farewell_until_it_is_sent_and_events(
    replica, asking, mail, make_full_account, delete, tables_about, sql, caplog
):
    email, new, actor = await make_full_account()
    about = (email, new, str(actor.user_id))
    assert {"users", "sessions", "sign_ups", "letters", "email_changes", "identities"} <= await tables_about(
        *about
    )
    tokens = [*await mail.tokens(email), *await mail.tokens(new)]
    assert len(tokens) == 2
    assert await tables_about(*tokens, PASSWORD, OTHER) == set(), "secrets lie nowhere"
    sessions = await sql.fetch("SELECT id FROM sessions WHERE user_id = $1", actor.user_id)

    assert await delete(actor) is None

    assert await tables_about(*about) == {"letters"} | EVENTS
    assert await tables_about(new, *(str(row["id"]) for row in sessions)) == EVENTS
    events = await sql.fetch(
        "SELECT id, type, data FROM outbox WHERE entity_id = $1 ORDER BY id DESC LIMIT 2", actor.user_id
    )
    deleted, revoked = events
    assert [event["type"].rpartition(".")[2] for event in events] == ["deleted", "sessions_revoked"]
    assert set(json.loads(revoked["data"])["session_ids"]) == {str(row["id"]) for row in sessions}
    assert json.loads(deleted["data"]) == {"user_id": str(actor.user_id)}
    farewell = await asking.details(replica, deleted["id"])
    assert (farewell.recipient, farewell.link) == (email, None)
    assert await delete(actor) == Code.UNAUTHENTICATED
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    for token in tokens:
        reset = replica.use.reset_password(rpc.ResetPassword(token=token, password=OTHER), asking.context())
        confirm = replica.use.confirm_email_change(rpc.ConfirmEmailChange(token=token), asking.context())
        assert [await asking.refused(used) for used in (reset, confirm)] == [Code.LINK_INVALID] * 2

    for outcome in (rpc.MailOutcome.DEAD, rpc.MailOutcome.SENT, rpc.MailOutcome.SENT):
        assert await asking.details(replica, deleted["id"]) == farewell or outcome == rpc.MailOutcome.SENT
        settled = rpc.SettleMail(event_id=deleted["id"], outcome=outcome)
        await replica.use.settle_mail(settled, asking.context())
    assert await tables_about(*about) == EVENTS
    replica.runtime.log.info("heard")
    assert "heard" in caplog.text
    assert [text for text in (email, new, *tokens, PASSWORD, OTHER) if text in caplog.text] == []
    # The address is anybody's.
    assert await asking.sign_up(replica, email, OTHER) is None
    assert (await mail.events(email))[-1]["type"].endswith("signed_up")


async def test_a_farewell_that_nobody_settles_is_forgotten_after_a_day(
    replica, make_full_account, delete, tables_about, sql
):
    email, new, actor = await make_full_account()
    assert await delete(actor) is None
    await sql.execute(
        """
        UPDATE letters SET created_at = created_at - interval '24 hours',
            expires_at = expires_at - interval '24 hours' WHERE user_id = $1
        """,
        actor.user_id,
    )
    await replica.parts.sweeper.sweep()
    assert await tables_about(email, new, str(actor.user_id)) == EVENTS


async def test_an_account_with_a_password_is_deleted_with_it_alone(replica, asking, make_account, delete):
    email, other = await make_account(), await make_account()
    actor = await asking.signed_in(replica, email)
    stranger = await asking.signed_in(replica, other)
    assert await delete(None) == Code.UNAUTHENTICATED
    for wrong in (None, OTHER):
        assert await delete(actor, wrong) == Code.PASSWORD_WRONG
    assert await delete(stranger) is None
    assert await asking.signed_in(replica, email)


@pytest.mark.parametrize("password", [None, OTHER])
async def test_an_account_without_one_is_deleted_shortly_after_signing_in(
    replica, asking, make_account, delete, let_pass, sql, password
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    await sql.execute("UPDATE users SET password_hash = NULL WHERE email_key = $1", email)
    await let_pass(email, "601 seconds")
    assert await delete(actor, password) == Code.SIGN_IN_AGAIN
    await sql.execute(
        "UPDATE sessions SET created_at = created_at + interval '2 seconds' WHERE id = $1", actor.session_id
    )
    assert await delete(actor, password) is None


async def test_sign_ins_and_letters_that_race_a_deletion_leave_nothing(
    replicas, replica, asking, make_account, delete, tables_about
):
    for _ in range(16):
        email = await make_account()
        actor = await asking.signed_in(replica, email)
        reset = rpc.RequestPasswordReset(email=email)
        deleted, *_ = await asyncio.gather(
            delete(actor, at=replicas[1]),
            *(asking.sign_in(replicas[number % 2], email) for number in range(3)),
            *(asking.refused(each.use.request_password_reset(reset, asking.context())) for each in replicas),
        )
        assert deleted is None
        assert await tables_about(str(actor.user_id)) == {"letters"} | EVENTS
        assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG


async def test_a_reset_that_meets_a_deletion_waits_for_it_and_writes_nothing(
    replica, asking, make_account, sql
):
    email = await make_account()
    user_id = await sql.fetchval("SELECT id FROM users WHERE email_key = $1", email)
    async with sql.transaction():
        await sql.execute("DELETE FROM letters WHERE user_id = $1", user_id)
        await sql.execute("DELETE FROM users WHERE id = $1", user_id)
        reset = rpc.RequestPasswordReset(email=email)
        requesting = asyncio.ensure_future(
            asking.refused(replica.use.request_password_reset(reset, asking.context()))
        )
        await asking.until_blocked(sql)
    assert await requesting is None
    assert await sql.fetchval("SELECT count(*) FROM letters WHERE user_id = $1", user_id) == 0
