"""An identity belongs to one account: the one whose session linked it, or whose address it has."""

import asyncio
from dataclasses import replace

import pytest

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration


@pytest.fixture
def signed_in(make_account, replica, asking, actor_of):
    """Somebody new with a password, in a session."""

    async def signed_in():
        email = await make_account()
        return email, actor_of(await asking.sign_in(replica, email))

    return signed_in


@pytest.fixture
def told(mail):
    """How many letters an address gets about accounts elsewhere."""

    async def told(email):
        return [event["type"].rpartition(".")[2] for event in await mail.events(email)].count(
            "identity_linked"
        )

    return told


async def test_who_is_signed_in_links_an_account_of_another_address(
    replicas, browser, there, provider, signed_in, actor_of, known, revoked, told
):
    email, actor = await signed_in()
    linked = actor_of(await browser.sign_in(replicas[0], provider, actor))
    assert linked.user_id == actor.user_id
    assert await revoked(actor.user_id) == [{actor.session_id}]
    assert actor_of(await browser.sign_in(replicas[1], provider)).user_id == actor.user_id
    # Once more changes nothing.
    assert actor_of(await browser.sign_in(replicas[1], provider, linked)).user_id == actor.user_id
    assert await told(email) == 1
    assert await known(email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}
    assert (await known(there.person.email))["users"] == 0


async def test_a_link_is_no_sign_in(
    replica, browser, there, provider, signed_in, actor_of, sql, let_pass, asking
):
    email, actor = await signed_in()
    await sql.execute("UPDATE sessions SET password_guesses = 9 WHERE id = $1", actor.session_id)
    await let_pass(email, "9 minutes")
    linked = actor_of(await browser.sign_in(replica, provider, actor))
    await let_pass(email, "61 seconds")
    # As old as the session that linked, and with as many guesses left.
    change = rpc.RequestEmailChange(new_email=asking.address())
    asked = replica.use.request_email_change(change, asking.context(linked))
    assert await asking.refused(asked) == Code.SIGN_IN_AGAIN
    guesses = [rpc.DeleteAccount(password=f"wrong {number}") for number in range(2)]
    refusals = [
        await asking.refused(replica.use.delete_account(guess, asking.context(linked))) for guess in guesses
    ]
    assert refusals == [Code.PASSWORD_WRONG, Code.SIGN_IN_AGAIN]


async def test_what_a_session_asked_for_waits_on_when_it_links(
    replica, browser, there, provider, signed_in, asking, mail
):
    _, actor = await signed_in()
    new = asking.address()
    change = rpc.RequestEmailChange(new_email=new)
    await replica.use.request_email_change(change, asking.context(actor))
    assert isinstance(await browser.sign_in(replica, provider, actor), rpc.Tokens)
    (token,) = await mail.tokens(new)
    confirm = rpc.ConfirmEmailChange(token=token)
    assert await asking.refused(replica.use.confirm_email_change(confirm, asking.context())) is None


async def test_a_session_links_only_shortly_after_its_sign_in(
    replica, browser, there, provider, signed_in, sql, let_pass, told
):
    email, actor = await signed_in()
    brought = await browser.go(replica, provider, actor)
    await let_pass(email, "601 seconds")
    assert await browser.come_back(replica, brought) == Code.SIGN_IN_AGAIN
    assert await sql.fetchval("SELECT count(*) FROM identities WHERE user_id = $1", actor.user_id) == 0
    assert await told(email) == 0


async def test_an_owner_is_told_of_a_link_by_address_and_nobody_of_a_new_account(
    replica, browser, there, provider, make_account, actor_of, told, new_person
):
    there.person = replace(there.person, email=await make_account())
    assert actor_of(await browser.sign_in(replica, provider))
    assert actor_of(await browser.sign_in(replica, provider))
    assert await told(there.person.email) == 1
    there.person = new_person()
    assert actor_of(await browser.sign_in(replica, provider))
    assert await told(there.person.email) == 0


async def test_an_identity_never_changes_its_owner(
    replica, browser, there, provider, signed_in, actor_of, sql
):
    owner = actor_of(await browser.sign_in(replica, provider))
    _, other = await signed_in()
    assert await browser.sign_in(replica, provider, other) == Code.OAUTH_IDENTITY_TAKEN
    assert actor_of(await browser.sign_in(replica, provider)).user_id == owner.user_id
    count = "SELECT count(*) FROM {} WHERE user_id = $1"
    assert await sql.fetchval(count.format("identities"), other.user_id) == 0
    assert await sql.fetchval(count.format("sessions"), other.user_id) == 1, "none was opened"


async def test_of_two_who_link_one_identity_at_once_one_has_it(
    replicas, browser, there, provider, signed_in, actor_of, new_person
):
    for _ in range(5):
        there.person = new_person()
        actors = [(await signed_in())[1] for _ in replicas]
        brought = [
            await browser.go(replica, provider, actor)
            for replica, actor in zip(replicas, actors, strict=True)
        ]
        outcomes = await asyncio.gather(
            *(browser.come_back(replica, one) for replica, one in zip(replicas, brought, strict=True))
        )
        (winner,) = [number for number, one in enumerate(outcomes) if isinstance(one, rpc.Tokens)]
        assert outcomes[1 - winner] == Code.OAUTH_IDENTITY_TAKEN
        opened = actor_of(await browser.sign_in(replicas[0], provider))
        assert opened.user_id == actors[winner].user_id


async def test_a_session_that_ended_meanwhile_links_nothing(
    replica, browser, there, provider, signed_in, sql, known
):
    _, actor = await signed_in()
    brought = await browser.go(replica, provider, actor)
    await sql.execute("DELETE FROM sessions WHERE id = $1", actor.session_id)
    assert await browser.come_back(replica, brought) == Code.UNAUTHENTICATED
    assert await sql.fetchval("SELECT count(*) FROM identities WHERE user_id = $1", actor.user_id) == 0
    assert (await known(there.person.email))["users"] == 0


async def test_a_session_that_is_being_ended_links_nothing(
    replica, browser, provider, signed_in, sql, asking
):
    _, actor = await signed_in()
    brought = await browser.go(replica, provider, actor)
    async with sql.transaction():
        await sql.execute("UPDATE users SET password_hash = 'another' WHERE id = $1", actor.user_id)
        await sql.execute("DELETE FROM sessions WHERE user_id = $1", actor.user_id)
        returning = asyncio.ensure_future(browser.come_back(replica, brought))
        await asking.until_blocked(sql)
    assert await returning == Code.UNAUTHENTICATED


@pytest.fixture
def unlink(replica, asking):
    async def unlink(actor, provider):
        request = rpc.UnlinkIdentity(provider=provider)
        return await asking.refused(replica.use.unlink_identity(request, asking.context(actor)))

    return unlink


@pytest.fixture
def listed(replica, asking):
    async def listed(actor):
        reply = await replica.use.list_identities(rpc.ListIdentities(), asking.context(actor))
        return [(identity.provider, identity.subject) for identity in reply.identities]

    return listed


async def test_an_owner_sees_and_unlinks_what_signs_in(
    replica, browser, there, provider, signed_in, actor_of, unlink, listed
):
    (_, actor), (_, stranger) = await signed_in(), await signed_in()
    linked = actor_of(await browser.sign_in(replica, provider, actor))
    assert (await listed(linked), await listed(stranger)) == ([(provider, there.person.subject)], [])
    for nobody in (None, actor):
        assert await unlink(nobody, provider) == Code.UNAUTHENTICATED
    (other,) = set(rpc.OauthProvider) - {provider}
    assert (await unlink(stranger, provider), await unlink(linked, other)) == (None, None)
    assert len(await listed(linked)) == 1
    assert (await unlink(linked, provider), await unlink(linked, provider)) == (None, None)
    assert await listed(linked) == []
    assert actor_of(await browser.sign_in(replica, provider)).user_id != linked.user_id


async def test_the_only_way_in_stays(replica, browser, there, provider, actor_of, unlink, listed, sql):
    actor = actor_of(await browser.sign_in(replica, provider))
    assert await unlink(actor, provider) == Code.IDENTITY_NEEDED
    assert len(await listed(actor)) == 1
    (other,) = set(rpc.OauthProvider) - {provider}
    linked = actor_of(await browser.sign_in(replica, other, actor))
    assert await unlink(linked, provider) is None
    assert await unlink(linked, other) == Code.IDENTITY_NEEDED


async def test_what_is_being_unlinked_signs_in_no_more(
    replica, browser, there, provider, signed_in, actor_of, sql, asking, listed
):
    _, actor = await signed_in()
    linked = actor_of(await browser.sign_in(replica, provider, actor))
    brought = await browser.go(replica, provider)
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", linked.user_id)
        await sql.execute("DELETE FROM identities WHERE user_id = $1", linked.user_id)
        returning = asyncio.ensure_future(browser.come_back(replica, brought))
        await asking.until_blocked(sql)
    assert actor_of(await returning).user_id != linked.user_id
    assert await listed(linked) == []


async def test_a_changed_address_takes_along_what_stands_under_the_old_one_elsewhere(
    replica, browser, there, provider, signed_in, actor_of, asking, mail, listed, new_person
):
    email, actor = await signed_in()
    linked = actor_of(await browser.sign_in(replica, provider, actor))
    kept = (provider, there.person.subject)
    there.person = new_person(email=email.upper())
    linked = actor_of(await browser.sign_in(replica, provider, linked))
    assert len(await listed(linked)) == 2
    new = asking.address()
    await replica.use.request_email_change(rpc.RequestEmailChange(new_email=new), asking.context(linked))
    (token,) = await mail.tokens(new)
    await replica.use.confirm_email_change(rpc.ConfirmEmailChange(token=token), asking.context())
    assert await listed(await asking.signed_in(replica, new)) == [kept]


async def test_a_deleted_account_takes_its_identities_along(replica, browser, provider, actor_of, sql):
    deleted = actor_of(await browser.sign_in(replica, provider))
    await sql.execute("DELETE FROM users WHERE id = $1", deleted.user_id)
    assert await sql.fetchval("SELECT count(*) FROM identities WHERE user_id = $1", deleted.user_id) == 0
    assert actor_of(await browser.sign_in(replica, provider)).user_id != deleted.user_id


async def test_an_account_that_is_being_deleted_opens_no_session(
    replica, browser, there, provider, actor_of, sql, asking, known
):
    deleted = actor_of(await browser.sign_in(replica, provider))
    brought = await browser.go(replica, provider)
    async with sql.transaction():
        await sql.execute("DELETE FROM users WHERE id = $1", deleted.user_id)
        returning = asyncio.ensure_future(browser.come_back(replica, brought))
        await asking.until_blocked(sql)
    opened = actor_of(await returning)
    assert opened.user_id != deleted.user_id
    assert await known(there.person.email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}
