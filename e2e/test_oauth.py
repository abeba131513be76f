"""Signing in with a provider, over a stack of its own and a provider that behaves as Google and GitHub do."""

from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from devstack.oauth_provider import Person

pytestmark = pytest.mark.e2e


class Browser:
    """Follows by hand, with the cookies that it was given for this host."""

    def __init__(self, session, public):
        self._session, self._public, self.cookies = session, public, {}

    async def call(self, method, url, **options):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if url.startswith("/"):
            url = self._public + url
        async with self._session.request(
            method,
            URL(url, encoded=True),
            headers=headers | options.pop("headers", {}),
            allow_redirects=False,
        ) as answer:
            for morsel in answer.cookies.values():
                self.cookies[morsel.key] = morsel.value
            await answer.read()
            return answer

    async def comes_back(self, path):
        """Leaves for the provider and comes back, up to the callback's answer."""
        left = await self.call("GET", path)
        assert left.status == 303
        self.bound = self.cookies["__Host-onasty-oauth"]
        there = await self.call("GET", left.headers["Location"])
        return there.headers["Location"], await self.call("GET", there.headers["Location"])


async def test_one_signs_in_with_a_provider_and_with_nothing_that_was_used_or_is_anothers(elsewhere):
    provider, public = elsewhere
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for number, path in enumerate(
            ("/api/v1/auth/oauth/google", "/api/v1/oauth/google", "/api/v1/auth/oauth/github")
        ):
            provider.person = Person(subject=str(number), email=f"{uuid4().hex}@example.com")
            browser = Browser(session, public)
            url, back = await browser.comes_back(path)
            assert (back.status, back.headers["Location"]) == (302, f"{public}/#oauth=signed_in")
            refreshed = await browser.call("POST", "/api/v1/session/refresh", headers={"Origin": public})
            token = (await refreshed.json())["access_token"]
            me = await browser.call("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert (await me.json())["email"] == provider.person.email
            # The code and the state were used.
            browser.cookies["__Host-onasty-oauth"] = browser.bound
            replayed = await browser.call("GET", url)
            assert replayed.headers["Location"] == f"{public}/#oauth=oauth_state_invalid"

        victim, stranger = Browser(session, public), Browser(session, public)
        left = await victim.call("GET", "/api/v1/auth/oauth/google")
        there = await victim.call("GET", left.headers["Location"])
        await stranger.call("GET", "/api/v1/auth/oauth/google")
        stolen = await stranger.call("GET", there.headers["Location"])
        assert stolen.headers["Location"] == f"{public}/#oauth=oauth_state_invalid"
        assert "__Host-onasty-session" not in stranger.cookies

        provider.person = Person(subject="9", email=f"{uuid4().hex}@example.com", verified=False)
        _, refused = await Browser(session, public).comes_back("/api/v1/auth/oauth/google")
        assert refused.headers["Location"] == f"{public}/#oauth=oauth_email_unverified"
