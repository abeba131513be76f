"""What the mailer learns, what is forgotten, and what lies where."""

import asyncio
import hashlib
from uuid import uuid4

import pytest

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code
from contracts.errors import ServiceError

pytestmark = pytest.mark.integration

PASSWORD = "canary-password-Xq7"


async def settle(replica, asking, event_id, outcome):
    request = rpc.SettleMail(event_id=event_id, outcome=outcome)
    return await replica.use.settle_mail(request, asking.context())


async def test_any_replica_gives_the_same_link_at_every_time_of_asking(replicas, asking, mail):
    email = asking.address()
    await asking.sign_up(replicas[0], email)
    (event,) = await mail.events(email)
    answers = [await asking.details(replica, event["id"]) for replica in [*replicas, *replicas]]
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert answers[0].recipient == email
    page, _, token = answers[0].link.partition("#")
    assert page == "https://notes.example.com/verify"
    assert len(token) == 43


async def test_a_letter_whose_link_was_used_is_obsolete(replica, asking, mail):
    email = asking.address()
    await asking.sign_up(replica, email)
    (event,) = await mail.events(email)
    (token,) = await mail.tokens(email)
    await asking.verify(replica, token)
    assert await asking.details(replica, event["id"]) == Code.LETTER_OBSOLETE


async def test_a_letter_that_was_superseded_expired_or_never_was_is_obsolete(replica, asking, mail, let_pass):
    superseded, expired = asking.address(), asking.address()
    for email in (superseded, superseded, expired):
        await asking.sign_up(replica, email)
    first, second = await mail.events(superseded)
    await asking.verify(replica, (await mail.tokens(superseded))[1])
    (late,) = await mail.events(expired)
    await let_pass(expired, "24 hours")
    for event_id in (first["id"], second["id"], late["id"], uuid4()):
        assert await asking.details(replica, event_id) == Code.LETTER_OBSOLETE


async def test_once_sent_the_recipient_is_forgotten_and_the_link_works(replica, asking, mail, sql):
    email = asking.address()
    await asking.sign_up(replica, email)
    (event,) = await mail.events(email)
    (token,) = await mail.tokens(email)
    for outcome in (rpc.MailOutcome.DEAD, rpc.MailOutcome.SKIPPED):
        await settle(replica, asking, event["id"], outcome)
        assert (await asking.details(replica, event["id"])).recipient == email
    for _ in range(2):
        await settle(replica, asking, event["id"], rpc.MailOutcome.SENT)
        assert await asking.details(replica, event["id"]) == Code.LETTER_OBSOLETE
    recipient = "SELECT recipient FROM letters WHERE event_id = $1"
    assert await sql.fetchval(recipient, event["id"]) is None
    assert await asking.verify(replica, token) is None
    await settle(replica, asking, uuid4(), rpc.MailOutcome.SENT)


async def test_mail_goes_to_a_verified_address_alone(replica, asking, make_account, sql):
    verified, unverified = await make_account(), asking.address()
    await asking.sign_up(replica, unverified)

    async def contact(user_id):
        try:
            request = rpc.GetUserContact(user_id=user_id)
            return (await replica.use.user_contact(request, asking.context())).email
        except ServiceError as error:
            return error.code

    ids = [await sql.fetchval("SELECT id FROM users WHERE email_key = $1", e) for e in (verified, unverified)]
    assert [await contact(user_id) for user_id in (*ids, uuid4())] == [
        verified,
        Code.LETTER_OBSOLETE,
        Code.LETTER_OBSOLETE,
    ]


async def test_the_sweeper_forgets_what_is_over_and_nothing_else(
    replicas, replica, asking, mail, make_account, let_pass, sql
):
    lapsed, waiting, old, young = (
        asking.address(),
        asking.address(),
        await make_account(),
        await make_account(),
    )
    for email in (lapsed, waiting):
        await asking.sign_up(replica, email)
    for email in (old, young):
        await asking.sign_in(replica, email, "correct horse battery")
    await let_pass(lapsed, "24 hours")
    await let_pass(waiting, "23 hours")
    await let_pass(old, "30 days")
    await let_pass(young, "29 days")

    await asyncio.gather(*(each.parts.sweeper.sweep() for each in replicas))

    keys = {row["email_key"] for row in await sql.fetch("SELECT email_key FROM users")}
    assert lapsed not in keys
    assert {waiting, old, young} <= keys
    assert await mail.events(lapsed) == []
    assert len(await mail.tokens(waiting)) == 1
    sessions = await sql.fetch("SELECT email_key FROM sessions JOIN users ON users.id = user_id")
    signed_in = {row["email_key"] for row in sessions}
    assert young in signed_in
    assert old not in signed_in
    assert await sql.fetchval("SELECT count(*) FROM sign_ups WHERE email = $1", lapsed) == 0
    # It may sign up again.
    assert await asking.sign_up(replica, lapsed) is None
    assert len(await mail.tokens(lapsed)) == 1


async def test_two_sweepers_share_what_is_over(replicas, sql):
    await sql.execute(
        """
        INSERT INTO users (email_key, lapses_at)
        SELECT 'lapsed-' || number, now() FROM generate_series(1, 2500) AS number
        """
    )
    swept = [each.counted("auth_swept_total", what="unverified") for each in replicas]
    await asyncio.gather(*(each.parts.sweeper.sweep() for each in replicas))
    done = [each.counted("auth_swept_total", what="unverified") for each in replicas]
    assert sum(done) - sum(swept) >= 2500
    assert await sql.fetchval("SELECT count(*) FROM users WHERE email_key LIKE 'lapsed-%'") == 0


async def test_addresses_lie_where_they_must_and_secrets_nowhere(replica, asking, mail, sql, caplog):
    email = f"canary{uuid4().hex}@example.com"
    await asking.sign_up(replica, email, PASSWORD)
    (link_token,) = await mail.tokens(email)

    async def tables():
        names = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'auth'")
        return {
            name: "\n".join(row["row"] for row in await sql.fetch(f"SELECT t::text AS row FROM {name} AS t"))
            for (name,) in names
        }

    waiting = await tables()
    await asking.verify(replica, link_token)
    tokens = await asking.sign_in(replica, email, PASSWORD)
    await asking.sign_in(replica, email, PASSWORD + "!")
    verified = await tables()

    refresh_hash = hashlib.sha256(tokens.refresh_token.encode()).hexdigest()
    assert refresh_hash in verified["refresh_tokens"]
    assert {name for name, text in waiting.items() if email in text} == {"users", "sign_ups", "letters"}
    assert {name for name, text in verified.items() if email in text} <= {"users", "letters"}
    # What is logged is seen here.
    replica.runtime.log.info("heard")
    logged = caplog.text
    assert "heard" in logged
    places = [*waiting.items(), *verified.items(), ("the log", logged)]
    secrets = [PASSWORD, hashlib.sha256(PASSWORD.encode()).hexdigest(), link_token, *vars(tokens).values()]
    assert [name for name, text in places for secret in secrets if secret in text] == []
    assert email not in logged
