"""Addresses that take the place of others."""

import asyncio

import pytest

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

PASSWORD, OTHER = "correct horse battery", "another fine password"
TOKENS, RACERS = 100, 8
LIVING = 5


@pytest.fixture
def ask_change(replica, asking):
    async def ask_change(actor, new_email, password=PASSWORD):
        request = rpc.RequestEmailChange(new_email=new_email, current_password=password)
        return await asking.refused(replica.use.request_email_change(request, asking.context(actor)))

    return ask_change


@pytest.fixture
def confirm(replica, asking):
    async def confirm(token, *, at=None):
        request = rpc.ConfirmEmailChange(token=token)
        return await asking.refused((at or replica).use.confirm_email_change(request, asking.context()))

    return confirm


@pytest.fixture
def pending(sql):
    """How many addresses wait that are this one."""

    async def pending(email):
        return await sql.fetchval("SELECT count(*) FROM email_changes WHERE email = $1", email)

    return pending


async def test_a_new_address_is_confirmed_there_and_told_to_the_old(
    replica, asking, mail, make_account, ask_change, confirm, pending, sql, living_sessions
):
    old, new = await make_account(), asking.address()
    actor = await asking.signed_in(replica, old)
    assert await ask_change(actor, new) is None
    (event,) = await mail.events(new)
    assert event["type"] == "events.auth.v1.user.email_change_requested"
    details = await asking.details(replica, event["id"])
    page, _, token = details.link.partition("#")
    assert page == "https://notes.example.com/change-email"
    # Until then nothing has changed.
    assert isinstance(await asking.sign_in(replica, old), rpc.Tokens)
    assert await asking.sign_in(replica, new) == Code.CREDENTIALS_WRONG

    assert await confirm(token) is None

    assert await living_sessions(new) == 0
    assert await asking.sign_in(replica, old) == Code.CREDENTIALS_WRONG
    assert (await asking.signed_in(replica, new)).user_id == actor.user_id
    types = [event["type"].rpartition(".")[2] for event in await mail.events(old)]
    assert types == ["signed_up", "email_changed"]
    (notice,) = [event for event in await mail.events(old) if event["type"].endswith("email_changed")]
    assert (await asking.details(replica, notice["id"])).link is None
    assert await confirm(token) == Code.LINK_INVALID
    assert await pending(new) == 0
    revoked = "SELECT count(*) FROM outbox WHERE entity_id = $1 AND type LIKE '%.sessions_revoked'"
    assert await sql.fetchval(revoked, actor.user_id) == 1
    # The old address is free.
    assert await asking.sign_up(replica, old, OTHER) is None
    assert (await mail.events(old))[-1]["type"].endswith("signed_up")


async def test_a_change_discards_every_other_link_of_the_account(
    replica, asking, mail, make_account, ask_change, confirm
):
    old, new, another = await make_account(), asking.address(), asking.address()
    actor = await asking.signed_in(replica, old)
    reset = rpc.RequestPasswordReset(email=old)
    await replica.use.request_password_reset(reset, asking.context())
    for address in (new, another):
        assert await ask_change(actor, address) is None
    (by_reset,), (first,), (second,) = [await mail.tokens(email) for email in (old, new, another)]
    assert await confirm(first) is None
    assert await confirm(second) == Code.LINK_INVALID
    request = rpc.ResetPassword(token=by_reset, password=OTHER)
    assert await asking.refused(replica.use.reset_password(request, asking.context())) == Code.LINK_INVALID


async def test_an_address_of_another_account_gets_no_letter_and_the_same_answer(
    replica, asking, mail, make_account, ask_change, sql
):
    email, somebodys = await make_account(), await make_account()
    actor = await asking.signed_in(replica, email)
    before = len(await mail.events(somebodys))
    answers, asked = [], [asking.address(), somebodys, somebodys.upper()]
    for address in asked:
        request = rpc.RequestEmailChange(new_email=address, current_password=PASSWORD)
        reply = await replica.use.request_email_change(request, asking.context(actor))
        answers.append(reply.model_dump_json())
    assert len(set(answers)) == 1
    assert len(await mail.events(somebodys)) == before
    # Nor does what is held about the account tell them apart.
    export = await replica.use.export_account(rpc.ExportAccount(), asking.context(actor))
    unknown, known, _ = export.email_changes
    assert [each.email.lower() for each in export.email_changes] == [each.lower() for each in asked]
    assert known.expires_at - known.created_at == unknown.expires_at - unknown.created_at
    letters = await sql.fetch("SELECT event_id, recipient FROM letters WHERE user_id = $1", actor.user_id)
    silent = [letter["event_id"] for letter in letters if letter["recipient"] is None]
    assert len(silent) == 2
    assert await sql.fetchval("SELECT count(*) FROM outbox WHERE id = ANY($1)", silent) == 0
    assert {await asking.details(replica, event_id) for event_id in silent} == {Code.LETTER_OBSOLETE}
    for none in ("nobody", "Somebody <somebody@example.com>"):
        assert await ask_change(actor, none) == Code.INVALID_REQUEST


async def test_an_address_that_became_anothers_meanwhile_stays_theirs(
    replica, asking, mail, make_account, ask_change, confirm
):
    email, wanted = await make_account(), asking.address()
    actor = await asking.signed_in(replica, email)
    await ask_change(actor, wanted)
    (token,) = await mail.tokens(wanted)
    # A pending address keeps nobody from it.
    await make_account(wanted.upper().replace("EXAMPLE.COM", "example.com"), OTHER)
    assert await confirm(token) == Code.LINK_INVALID
    assert (await asking.signed_in(replica, email)).user_id == actor.user_id
    assert (await asking.signed_in(replica, wanted, OTHER)).user_id != actor.user_id


async def test_a_sign_up_that_waits_with_the_new_address_blocks_nobody_and_is_discarded(
    replica, asking, mail, make_account, ask_change, confirm, sql
):
    email, wanted = await make_account(), asking.address()
    actor = await asking.signed_in(replica, email)
    assert await asking.sign_up(replica, wanted, OTHER) is None
    (by_sign_up,) = await mail.tokens(wanted)
    assert await ask_change(actor, wanted) is None
    (token,) = [token for token in await mail.tokens(wanted) if token != by_sign_up]
    assert await confirm(token) is None
    assert await asking.verify(replica, by_sign_up) == Code.LINK_INVALID
    assert await asking.sign_in(replica, wanted, OTHER) == Code.CREDENTIALS_WRONG
    assert (await asking.signed_in(replica, wanted)).user_id == actor.user_id
    others = "SELECT count(*) FROM letters WHERE recipient = $1 AND user_id <> $2"
    assert await sql.fetchval(others, wanted, actor.user_id) == 0


async def test_a_letter_of_a_sign_up_that_a_confirmation_waits_for_is_discarded_as_well(
    replica, asking, mail, make_account, ask_change, confirm, sql
):
    email, wanted = await make_account(), asking.address()
    actor = await asking.signed_in(replica, email)
    assert await asking.sign_up(replica, wanted, OTHER) is None
    (by_sign_up,) = await mail.tokens(wanted)
    assert await ask_change(actor, wanted) is None
    (token,) = [token for token in await mail.tokens(wanted) if token != by_sign_up]
    async with sql.transaction():
        # As a second sign-up does.
        stranger = await sql.fetchval(
            "UPDATE users SET lapses_at = now() + interval '1 day' WHERE email_key = $1 RETURNING id", wanted
        )
        confirming = asyncio.ensure_future(confirm(token))
        await asking.until_blocked(sql)
        await sql.execute(
            """
            INSERT INTO letters (event_id, purpose, user_id, recipient, expires_at)
            VALUES (gen_random_uuid(), 'verify', $1, $2, now() + interval '1 hour')
            """,
            stranger,
            wanted,
        )
    assert await confirming is None
    assert await sql.fetchval("SELECT count(*) FROM letters WHERE user_id = $1", stranger) == 0


async def test_a_confirmation_that_meets_the_sweeper_waits_for_it(
    replica, asking, mail, make_account, ask_change, confirm, sql
):
    email, old, new = await make_account(), asking.address(), asking.address()
    actor = await asking.signed_in(replica, email)
    for address in (old, new):
        assert await ask_change(actor, address) is None
    (token,) = await mail.tokens(new)
    (expired,) = await mail.events(old)
    async with sql.transaction():
        # As the sweeper does, slowly: first the letter, then all that hangs on it.
        await sql.execute("SELECT FROM letters WHERE event_id = $1 FOR UPDATE", expired["id"])
        confirming = asyncio.ensure_future(confirm(token))
        await asking.until_blocked(sql)
        await sql.execute("DELETE FROM letters WHERE event_id = $1", expired["id"])
    assert await confirming is None


async def test_of_two_links_of_one_account_at_the_same_time_one_succeeds(
    replicas, asking, mail, make_account, ask_change, confirm, sql
):
    email, *wanted = await make_account(), asking.address(), asking.address()
    actor = await asking.signed_in(replicas[0], email)
    for address in wanted:
        assert await ask_change(actor, address) is None
    tokens = [token for address in wanted for token in await mail.tokens(address)]
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", actor.user_id)
        confirming = [
            asyncio.ensure_future(confirm(token, at=replicas[number])) for number, token in enumerate(tokens)
        ]
        await asking.until_blocked(sql, 2)
    assert sorted(map(str, await asyncio.gather(*confirming))) == ["None", "link_invalid"]


async def test_a_strangers_sign_up_with_the_old_address_does_not_follow_to_the_new(
    replica, asking, mail, make_account, ask_change, confirm
):
    email, new = await make_account(), asking.address()
    await asking.sign_up(replica, email, OTHER)
    assert await asking.sign_in(replica, email, OTHER) == Code.USER_NOT_ACTIVATED
    await ask_change(await asking.signed_in(replica, email), new)
    (token,) = await mail.tokens(new)
    assert await confirm(token) is None
    assert await asking.sign_in(replica, new, OTHER) == Code.CREDENTIALS_WRONG


async def test_of_a_verification_and_a_change_to_one_address_one_succeeds(
    replicas, asking, mail, make_account, ask_change, confirm
):
    for _ in range(16):
        email, wanted = await make_account(), asking.address()
        actor = await asking.signed_in(replicas[0], email)
        await asking.sign_up(replicas[0], wanted, OTHER)
        (by_sign_up,) = await mail.tokens(wanted)
        await ask_change(actor, wanted)
        (by_change,) = [token for token in await mail.tokens(wanted) if token != by_sign_up]
        outcomes = await asyncio.gather(
            asking.verify(replicas[0], by_sign_up), confirm(by_change, at=replicas[1])
        )
        assert sorted(map(str, outcomes)) == ["None", "link_invalid"]
        password = [OTHER, PASSWORD][outcomes.index(None)]
        assert isinstance(await asking.sign_in(replicas[0], wanted, password), rpc.Tokens)


async def test_without_the_password_only_shortly_after_signing_in(
    replica, asking, mail, make_account, ask_change, let_pass
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    assert await ask_change(actor, asking.address(), OTHER) == Code.PASSWORD_WRONG
    assert await ask_change(None, asking.address()) == Code.UNAUTHENTICATED
    await let_pass(email, "9 minutes")
    assert await ask_change(actor, in_time := asking.address(), None) is None
    await let_pass(email, "61 seconds")
    assert await ask_change(actor, late := asking.address(), None) == Code.SIGN_IN_AGAIN
    assert await ask_change(actor, with_password := asking.address()) is None
    assert [len(await mail.tokens(new)) for new in (in_time, late, with_password)] == [1, 0, 1]


async def test_a_link_ends_after_a_day_and_the_address_is_forgotten_with_it(
    replica, asking, mail, make_account, ask_change, confirm, let_pass, pending
):
    email, new = await make_account(), asking.address()
    actor = await asking.signed_in(replica, email)
    await ask_change(actor, new)
    (token,) = await mail.tokens(new)
    await let_pass(email, "24 hours")
    assert await confirm(token) == Code.LINK_INVALID
    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)
    await replica.parts.sweeper.sweep()
    assert await pending(new) == 0


@pytest.mark.parametrize("end", ["everywhere", "revoke", "reuse", "sign_out"])
async def test_a_change_waits_no_longer_than_the_session_that_asked(
    replica, asking, mail, make_account, make_session, ask_change, confirm, sql, end
):
    """Else whoever had a session for a moment has the account a day later."""
    email, new = await make_account(), asking.address()
    thief, owner = await make_session(email), await make_session(email)
    context = asking.acting(thief)
    assert await ask_change(context.actor, new) is None
    (token,) = await mail.tokens(new)
    use = replica.use
    match end:
        case "everywhere":
            await use.sign_out_everywhere(rpc.SignOutEverywhere(), asking.acting(owner))
            assert await mail.tokens(new) == []
        case "revoke":
            request = rpc.RevokeSession(session_id=context.actor.session_id)
            await use.revoke_session(request, asking.acting(owner))
        case "reuse":
            await asking.refresh(replica, thief.refresh_token)
            await sql.execute("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '11 seconds'")
            assert await asking.refresh(replica, thief.refresh_token) == Code.SESSION_INVALID
        case "sign_out":
            await use.sign_out(rpc.SignOut(refresh_token=thief.refresh_token), asking.context())
    assert await confirm(token) == Code.LINK_INVALID
    assert isinstance(await asking.sign_in(replica, email), rpc.Tokens)


@pytest.mark.parametrize(
    ("setting", "refusal"),
    [
        ({"sign_up": "domains", "sign_up_domains": "example.org"}, Code.SIGN_UP_CLOSED),
        ({"sign_up": "domains", "sign_up_domains": "example.com"}, None),
        ({"sign_up": "closed"}, None),
    ],
)
async def test_who_may_come_in_holds_for_new_addresses_and_a_closed_door_for_none(
    replica, make_replica, passwords, asking, mail, make_account, setting, refusal
):
    actor, new = await asking.signed_in(replica, await make_account()), asking.address()
    request = rpc.RequestEmailChange(new_email=new, current_password=PASSWORD)
    async with make_replica(passwords, **setting) as one:
        assert await asking.refused(one.use.request_email_change(request, asking.context(actor))) == refusal
    assert len(await mail.events(new)) == (refusal is None)


async def test_a_link_of_another_purpose_changes_no_address(replica, asking, mail, make_account, confirm):
    email = await make_account()
    await replica.use.request_password_reset(rpc.RequestPasswordReset(email=email), asking.context())
    (token,) = await mail.tokens(email)
    assert await confirm(token) == Code.LINK_INVALID
    assert await mail.tokens(email) == [token]


async def test_strangers_get_one_letter_a_minute_and_one_account_writes_to_five(
    replica, asking, mail, make_account, ask_change
):
    first, second, stranger = await make_account(), await make_account(), asking.address()
    actors = [await asking.signed_in(replica, email) for email in (first, second)]
    for actor in actors:
        assert await ask_change(actor, stranger) is None
    assert len(await mail.events(stranger)) == 1

    addresses = [asking.address() for _ in range(LIVING)]
    for address in addresses:
        assert await ask_change(actors[0], address) is None
    assert [len(await mail.events(address)) for address in addresses] == [1] * (LIVING - 1) + [0]


async def test_addresses_with_an_account_count_among_the_five(
    replica, asking, mail, make_account, ask_change, let_pass, pending
):
    email = await make_account()
    actor = await asking.signed_in(replica, email)
    known, wanted = [await make_account() for _ in range(LIVING)], asking.address()
    for address in [*known, wanted]:
        assert await ask_change(actor, address) is None
    assert [await pending(address) for address in [*known, wanted]] == [1] * LIVING + [0]
    # And end as all do.
    await let_pass(email, "24 hours")
    await replica.parts.sweeper.sweep()
    assert [await pending(address) for address in known] == [0] * LIVING


async def test_of_many_who_use_one_link_one_succeeds(
    replicas, asking, mail, make_account, ask_change, confirm
):
    email = await make_account()
    for _ in range(TOKENS):
        new = asking.address()
        assert await ask_change(await asking.signed_in(replicas[0], email), new) is None
        (token,) = await mail.tokens(new)
        racers = (confirm(token, at=replicas[number % 2]) for number in range(RACERS))
        outcomes = await asyncio.gather(*racers)
        assert sorted(map(str, outcomes)) == ["None", *["link_invalid"] * (RACERS - 1)]
        email = new


async def test_of_many_accounts_that_confirm_one_address_one_has_it(
    replicas, asking, mail, make_account, ask_change, confirm, sql
):
    emails, wanted = [await make_account() for _ in range(4)], asking.address()
    for email in emails:
        assert await ask_change(await asking.signed_in(replicas[0], email), wanted) is None
        await sql.execute("UPDATE email_changes SET created_at = created_at - interval '2 minutes'")
    tokens = await mail.tokens(wanted)
    assert len(tokens) == len(emails)
    racers = (confirm(token, at=replicas[number % 2]) for number, token in enumerate(tokens))
    outcomes = await asyncio.gather(*racers)
    assert sorted(map(str, outcomes)) == ["None", *["link_invalid"] * 3]
