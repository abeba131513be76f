"""Sign-ups, and the links that make accounts of them."""

import asyncio
import json

import pytest

from auth.domain.letter import LetterPurpose
from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
TOKENS, RACERS = 100, 8


async def test_a_sign_up_waits_for_its_link_and_then_signs_in(replica, asking, mail, sql):
    email = asking.address()
    assert await asking.sign_up(replica, email) is None
    assert await asking.sign_in(replica, email) == Code.USER_NOT_ACTIVATED
    assert await asking.sign_in(replica, email, OTHER) == Code.CREDENTIALS_WRONG

    (event,) = await mail.events(email)
    assert event["type"] == "events.auth.v1.user.signed_up"
    assert list(json.loads(event["data"])) == ["user_id"]
    (token,) = await mail.tokens(email)
    assert await asking.verify(replica, token) is None
    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)
    user_id = json.loads(event["data"])["user_id"]
    verified = "SELECT count(*) FROM outbox WHERE type LIKE '%.verified' AND entity_id = $1"
    assert await sql.fetchval(verified, user_id) == 1
    assert await sql.fetchval("SELECT count(*) FROM sign_ups WHERE user_id = $1", user_id) == 0


@pytest.mark.parametrize("used", [0, 1])
async def test_each_link_makes_its_own_password_the_accounts(replica, asking, mail, used):
    email, passwords = asking.address(), [PASSWORD, OTHER]
    for password, spelling in zip(passwords, (email, email.upper()), strict=True):
        assert await asking.sign_up(replica, spelling, password) is None
    local, _, domain = email.partition("@")
    spellings = [email, f"{local.upper()}@{domain}"]
    tokens = [token for spelling in spellings for token in await mail.tokens(spelling)]
    # Before, the latest is who is told to look for a letter.
    assert await asking.sign_in(replica, email, OTHER) == Code.USER_NOT_ACTIVATED

    assert await asking.verify(replica, tokens[used]) is None

    assert isinstance(await asking.sign_in(replica, email, passwords[used]), rpc.Tokens)
    assert await asking.sign_in(replica, email, passwords[1 - used]) == Code.CREDENTIALS_WRONG
    assert [await asking.verify(replica, token) for token in tokens] == [Code.LINK_INVALID] * 2
    user_id = await mail.sql.fetchval("SELECT id FROM users WHERE email_key = $1", email)
    contact = await replica.use.user_contact(rpc.GetUserContact(user_id=user_id), asking.context())
    assert contact.email == spellings[used]


async def test_a_verified_address_stays_as_it_is_and_its_owner_is_told_once_a_minute(
    replica, asking, mail, make_account, sql, let_pass
):
    email = await make_account()
    before = await sql.fetchrow("SELECT * FROM users WHERE email_key = $1", email)
    await let_pass(email, "2 minutes")
    before = dict(before) | {"created_at": None}
    for _ in range(3):
        assert await asking.sign_up(replica, email.upper(), OTHER) is None

    after = await sql.fetchrow("SELECT * FROM users WHERE email_key = $1", email)
    assert dict(after) | {"created_at": None} == before
    told = [event for event in await mail.events(email) if event["type"].endswith("sign_up_repeated")]
    assert len(told) == 1
    details = await asking.details(replica, told[0]["id"])
    assert (details.recipient, details.link) == (email, None)


async def test_of_many_who_use_one_link_one_succeeds(replicas, asking, mail):
    emails = [asking.address() for _ in range(TOKENS)]
    for start in range(0, TOKENS, 20):
        batch = emails[start : start + 20]
        assert set(await asyncio.gather(*(asking.sign_up(replicas[0], email) for email in batch))) == {None}
    for email in emails:
        (token,) = await mail.tokens(email)
        outcomes = await asyncio.gather(
            *(asking.verify(replicas[number % 2], token) for number in range(RACERS))
        )
        assert sorted(map(str, outcomes)) == ["None", *["link_invalid"] * (RACERS - 1)]


async def test_of_two_links_of_one_address_at_the_same_time_one_succeeds(replicas, asking, mail):
    for _ in range(8):
        email = asking.address()
        await asking.sign_up(replicas[0], email, PASSWORD)
        await asking.sign_up(replicas[1], email, OTHER)
        tokens = await mail.tokens(email)
        outcomes = await asyncio.gather(
            *(asking.verify(replica, token) for replica, token in zip(replicas, tokens, strict=True))
        )
        assert sorted(map(str, outcomes)) == ["None", "link_invalid"]
        winner = [PASSWORD, OTHER][outcomes.index(None)]
        assert isinstance(await asking.sign_in(replicas[0], email, winner), rpc.Tokens)


async def test_many_sign_ups_with_one_address_at_the_same_time_are_one_account(replicas, asking, mail, sql):
    email = asking.address()
    outcomes = await asyncio.gather(*(asking.sign_up(replicas[number % 2], email) for number in range(8)))
    assert set(outcomes) == {None}
    assert len(set(await mail.tokens(email))) == 5, "of one address no more wait at a time"
    assert await sql.fetchval("SELECT count(*) FROM users WHERE email_key = $1", email) == 1


async def test_a_link_ends_after_a_day_and_so_does_the_sign_up(replica, asking, mail, let_pass):
    email = asking.address()
    await asking.sign_up(replica, email)
    (token,) = await mail.tokens(email)
    await let_pass(email, "24 hours")
    assert await asking.verify(replica, token) == Code.LINK_INVALID
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG


async def test_a_link_of_another_purpose_verifies_nothing(replica, asking, mail, sql):
    email = asking.address()
    await asking.sign_up(replica, email)
    (token,) = await mail.tokens(email)
    await sql.execute("UPDATE letters SET purpose = $2 WHERE recipient = $1", email, LetterPurpose.RESET)
    assert await asking.verify(replica, token) == Code.LINK_INVALID
    assert await asking.verify(replica, "A" * 43) == Code.LINK_INVALID


async def test_the_letter_comes_again_once_a_minute_and_all_links_stay_good(
    replica, asking, mail, let_pass, sql
):
    email = asking.address()
    await asking.sign_up(replica, email)
    assert await asking.resend(replica, email) is None
    assert len(await mail.events(email)) == 1

    await let_pass(email, "61 seconds")
    asked_at = await sql.fetchval("SELECT created_at FROM sign_ups WHERE email = $1", email)
    for _ in range(2):
        assert await asking.resend(replica, email.upper()) is None
    first, second = await mail.events(email)
    assert second["type"] == "events.auth.v1.user.verification_requested"
    # The letter says when the sign-up was, not when it was asked for again.
    assert (await asking.details(replica, second["id"])).requested_at == asked_at
    tokens = await mail.tokens(email)
    assert len(set(tokens)) == 2
    assert await asking.verify(replica, tokens[0]) is None
    assert await asking.details(replica, first["id"]) == Code.LETTER_OBSOLETE
    assert await asking.details(replica, second["id"]) == Code.LETTER_OBSOLETE


async def test_the_sign_up_lives_as_long_as_the_link_that_was_sent_again(replica, asking, mail, let_pass):
    email = asking.address()
    await asking.sign_up(replica, email)
    await let_pass(email, "23 hours")
    await asking.resend(replica, email)
    await let_pass(email, "2 hours")
    await replica.parts.sweeper.sweep()
    (token,) = await mail.tokens(email)
    assert await asking.verify(replica, token) is None
    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)


async def test_nobody_who_does_not_wait_gets_a_letter(replica, asking, mail, make_account, let_pass):
    verified, unknown, lapsed = await make_account(), asking.address(), asking.address()
    await asking.sign_up(replica, lapsed)
    await let_pass(lapsed, "25 hours")
    await let_pass(verified, "2 minutes")
    before = [len(await mail.events(email)) for email in (verified, unknown, lapsed)]
    for email in (verified, unknown, lapsed):
        assert await asking.resend(replica, email) is None
    assert [len(await mail.events(email)) for email in (verified, unknown, lapsed)] == before


@pytest.mark.parametrize("password", ["password1", "PassWord1", "baseball"])
async def test_a_common_password_is_refused(replica, asking, mail, password):
    email = asking.address()
    assert await asking.sign_up(replica, email, password) == Code.INVALID_REQUEST
    assert await mail.events(email) == []


@pytest.mark.parametrize("email", ["nobody", "a@b@example.com", "a b@example.com", "x@localhost", "@"])
async def test_what_is_no_address_is_refused(replica, asking, email):
    assert await asking.sign_up(replica, email) == Code.INVALID_REQUEST
    assert await asking.resend(replica, email) == Code.INVALID_REQUEST


async def test_who_may_come_in_is_a_setting(make_replica, passwords, asking, mail):
    closed = {"sign_up": "closed"}
    domains = {"sign_up": "domains", "sign_up_domains": "Example.org, example.com"}
    inside, outside = asking.address(), "somebody@sub.example.com"
    async with make_replica(passwords, **closed) as nobody, make_replica(passwords, **domains) as some:
        assert await asking.sign_up(nobody, inside) == Code.SIGN_UP_CLOSED
        assert await asking.sign_up(some, outside) == Code.SIGN_UP_CLOSED
        assert await mail.events(inside) == []
        assert await asking.sign_up(some, inside) is None
        assert len(await mail.events(inside)) == 1
