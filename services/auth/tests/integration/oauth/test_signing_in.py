"""Whoever a provider vouches for is signed in, to the account that is theirs."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.auth import rpc
from contracts.errors import ErrorCode as Code

pytestmark = pytest.mark.integration

RACERS = 8


async def test_somebody_new_has_an_account_without_a_password(
    replica, browser, there, provider, known, sql, asking, actor_of
):
    email = there.person.email
    there.person = replace(there.person, email=email.upper())
    before = replica.counted("auth_oauth_sign_ins_total", provider=provider, outcome="opened")
    first = actor_of(await browser.sign_in(replica, provider))
    second = actor_of(await browser.sign_in(replica, provider))

    assert first.user_id == second.user_id
    assert first.session_id != second.session_id
    sessions = "SELECT count(*) FROM sessions JOIN refresh_tokens ON session_id = id WHERE user_id = $1"
    assert await sql.fetchval(sessions, first.user_id) == 2
    assert await known(email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}
    user = await sql.fetchrow("SELECT * FROM users WHERE id = $1", first.user_id)
    local, _, domain = email.partition("@")
    assert user["email"] == f"{local.upper()}@{domain}"
    assert user["verified_at"]
    assert user["last_login_at"]
    assert user["password_hash"] is None
    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    after = replica.counted("auth_oauth_sign_ins_total", provider=provider, outcome="opened")
    assert after - before == 2


async def test_no_more_is_asked_of_the_provider_than_who_it_is(replica, browser, provider):
    begun = await replica.use.begin_oauth(rpc.BeginOauth(provider=provider), browser.context())
    other = await replica.use.begin_oauth(rpc.BeginOauth(provider=provider), browser.context())
    asked = parse_qs(urlsplit(begun.authorization_url).query)
    assert asked["scope"] == [{"google": "openid email", "github": "user:email"}[provider]]
    assert asked["code_challenge_method"] == ["S256"]
    again = parse_qs(urlsplit(other.authorization_url).query)
    random = {"state", "code_challenge"} | ({"nonce"} if provider == rpc.OauthProvider.GOOGLE else set())
    assert {name for name in asked if asked[name] != again[name]} == random
    assert begun.binding != other.binding
    assert begun.binding not in begun.authorization_url


async def test_a_verified_address_is_the_account_that_has_it(
    replica, browser, there, provider, make_account, known, asking, actor_of, new_person
):
    email = await make_account()
    there.person = new_person(email=email.upper())
    opened = actor_of(await browser.sign_in(replica, provider))
    assert opened.user_id == actor_of(await asking.sign_in(replica, email)).user_id
    assert await known(email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}


async def test_what_was_prepared_for_an_address_that_nobody_verified_is_dropped(
    replica, browser, there, provider, asking, mail, known
):
    email = there.person.email
    for _ in range(2):
        await asking.sign_up(replica, email)
    tokens, events = await mail.tokens(email), await mail.events(email)

    assert isinstance(await browser.sign_in(replica, provider), rpc.Tokens)

    assert await asking.sign_in(replica, email) == Code.CREDENTIALS_WRONG
    assert [await asking.verify(replica, token) for token in tokens] == [Code.LINK_INVALID] * 2
    assert [await asking.details(replica, event["id"]) for event in events] == [Code.LETTER_OBSOLETE] * 2
    assert await known(email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}


async def test_the_subject_decides_and_not_the_address(
    replica, browser, there, provider, make_account, actor_of, sql
):
    opened = actor_of(await browser.sign_in(replica, provider))
    before = there.person.email
    there.person = replace(there.person, email=await make_account())
    assert actor_of(await browser.sign_in(replica, provider)).user_id == opened.user_id
    row = await sql.fetchrow(
        "SELECT users.email, identities.email FROM users JOIN identities ON user_id = users.id WHERE id = $1",
        opened.user_id,
    )
    assert tuple(row) == (before, there.person.email)


async def test_many_returns_of_somebody_new_at_once_are_one_account(
    replicas, browser, there, provider, known, actor_of, new_person
):
    for _ in range(5):
        there.person = new_person()
        brought = [await browser.go(replicas[number % 2], provider) for number in range(RACERS)]
        opened = await asyncio.gather(
            *(browser.come_back(replicas[number % 2], one) for number, one in enumerate(brought))
        )
        assert len({actor_of(tokens).user_id for tokens in opened}) == 1
        assert await known(there.person.email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}


async def test_two_providers_of_one_new_address_at_once_are_one_account(
    replicas, browser, there, known, actor_of
):
    brought = [
        await browser.go(replica, provider)
        for replica, provider in zip(replicas, rpc.OauthProvider, strict=True)
    ]
    opened = await asyncio.gather(
        *(browser.come_back(replica, one) for replica, one in zip(replicas, brought, strict=True))
    )
    assert len({actor_of(tokens).user_id for tokens in opened}) == 1
    assert await known(there.person.email) == {"users": 1, "identities": 2, "sign_ups": 0, "verified": 1}


async def test_a_verification_under_way_and_a_return_from_elsewhere_leave_one_account(
    replicas, browser, there, provider, asking, mail, known, new_person
):
    for _ in range(5):
        there.person = new_person()
        await asking.sign_up(replicas[0], there.person.email)
        (token,) = await mail.tokens(there.person.email)
        brought = await browser.go(replicas[1], provider)
        verified, opened = await asyncio.gather(
            asking.verify(replicas[0], token), browser.come_back(replicas[1], brought)
        )
        assert isinstance(opened, rpc.Tokens)
        password = await asking.sign_in(replicas[0], there.person.email)
        assert isinstance(password, rpc.Tokens) == (verified is None)
        assert await known(there.person.email) == {"users": 1, "identities": 1, "sign_ups": 0, "verified": 1}


async def test_who_may_come_in_holds_here_as_well(
    make_replica, passwords, oauth_settings, browser, there, provider, known, asking, replica
):
    email = there.person.email
    closed = oauth_settings | {"sign_up": "closed"}
    others = oauth_settings | {"sign_up": "domains", "sign_up_domains": "example.org"}
    async with make_replica(passwords, **closed) as nobody, make_replica(passwords, **others) as some:
        for one in (nobody, some):
            assert await browser.sign_in(one, provider) == Code.SIGN_UP_CLOSED
        assert (await known(email))["users"] == 0
        await asking.sign_up(replica, email)
        assert await browser.sign_in(nobody, provider) == Code.SIGN_UP_CLOSED
        assert await known(email) == {"users": 1, "identities": 0, "sign_ups": 1, "verified": 0}
        assert isinstance(await browser.sign_in(replica, provider), rpc.Tokens)
        assert isinstance(await browser.sign_in(nobody, provider), rpc.Tokens), "who has an account signs in"


async def test_what_is_not_configured_is_hidden(make_replica, passwords, oauth_settings, browser, replica):
    async def listed(one):
        return (await one.use.list_providers(rpc.ListProviders(), browser.context())).providers

    google, github = rpc.OauthProvider
    half = oauth_settings | {"google_client_id": "", "google_client_secret": ""}
    async with make_replica(passwords) as none, make_replica(passwords, **half) as one:
        assert await listed(replica) == [google, github]
        assert await listed(one) == [github]
        assert await listed(none) == []
        assert "redis" not in none.runtime.health.report()[1]
        brought = await browser.go(replica, google)
        for hidden in (none, one):
            with pytest.raises(Exception, match="provider_unknown"):
                await browser.go(hidden, google)
            assert await browser.come_back(hidden, brought) == Code.PROVIDER_UNKNOWN
        assert isinstance(await browser.come_back(replica, brought), rpc.Tokens), "nothing was used up"


async def test_a_session_from_elsewhere_is_as_any_other(
    replica, browser, there, provider, asking, known, actor_of
):
    tokens = await browser.sign_in(replica, provider)
    actor = actor_of(tokens)
    refreshed = await asking.refresh(replica, tokens.refresh_token)
    assert actor_of(refreshed) == actor
    account = await replica.use.current_user(rpc.CurrentUser(), browser.context(actor))
    assert (account.user_id, account.email, account.has_password) == (
        actor.user_id,
        there.person.email,
        False,
    )
    export = await replica.use.export_account(rpc.ExportAccount(), browser.context(actor))
    assert [(one.provider, one.subject) for one in export.identities] == [(provider, there.person.subject)]
    await replica.use.delete_account(rpc.DeleteAccount(), browser.context(actor))
    assert await known(there.person.email) == {"users": 0, "identities": 0, "sign_ups": 0, "verified": 0}
    assert actor_of(await browser.sign_in(replica, provider)).user_id != actor.user_id
