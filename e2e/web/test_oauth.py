"""A sign-in elsewhere through the pages, over a provider that behaves as Google and GitHub do."""

from uuid import uuid4

import pytest
from aiohttp import web
from playwright.async_api import expect

from devstack.oauth_provider import Person

from .inspection import inspect
from .people import sheet, titled

pytestmark = pytest.mark.e2e


async def test_accounts_elsewhere_sign_in_are_linked_unlinked_and_belong_to_one(elsewhere, profile):
    provider, public = elsewhere
    ada = Person(subject="1", email=f"{uuid4().hex}@example.com")
    grace = Person(subject="2", email=f"{uuid4().hex}@example.com")

    provider.person = ada
    page = await (await profile()).new_page()
    await page.goto(f"{public}/auth")
    await inspect(page)
    await page.get_by_role("link", name="Go on with Google").click()
    await titled(page, "My notes")
    assert page.url == f"{public}/dashboard"

    await over_a_page_it_leaves_what_is_typed(public, page)

    # Another of one's own is linked, and is the second way in.
    provider.person = Person(subject="11", email=ada.email)
    await page.goto(f"{public}/profile")
    part = sheet(page, "Sign-in elsewhere")
    await part.get_by_role("button", name="Link GitHub").click()
    await expect(part.get_by_role("button", name="Unlink GitHub")).to_be_visible()
    assert page.url == f"{public}/profile"
    await page.get_by_role("button", name="Send an e-mail to set one").click()
    await expect(page.get_by_text("An e-mail with a link is on its way.")).to_be_visible()
    await inspect(page)

    # What opens somebody else's account is refused, and said.
    provider.person = grace
    other = await (await profile()).new_page()
    await other.goto(f"{public}/auth")
    await other.get_by_role("link", name="Go on with Google").click()
    await titled(other, "My notes")
    provider.person = Person(subject="11", email=ada.email)
    await other.goto(f"{public}/profile")
    await sheet(other, "Sign-in elsewhere").get_by_role("button", name="Link GitHub").click()
    await expect(other.get_by_text("That account signs in to another one here.")).to_be_visible()
    assert other.url == f"{public}/profile"
    await expect(sheet(other, "Your account")).to_contain_text(grace.email)
    await inspect(other)

    # The last way in stays.
    unlink = part.get_by_role("button", name="Unlink GitHub")
    await unlink.click()
    dialog = page.get_by_role("dialog", name="Unlink GitHub?")
    await inspect(page)
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    await expect(unlink).to_be_focused()
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Unlink").click()
    await expect(page.get_by_text("GitHub is unlinked.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await part.get_by_role("button", name="Unlink Google").click()
    dialog = page.get_by_role("dialog", name="Unlink Google?")
    await dialog.get_by_role("button", name="Unlink").click()
    await expect(dialog.get_by_text("This is your only way in.")).to_be_visible()

    await refused_there_is_refused_here(provider, public, await (await profile()).new_page())


async def over_a_page_it_leaves_what_is_typed(public, page) -> None:
    await page.context.clear_cookies()
    await page.goto(public)
    await page.get_by_label("Your note").fill("half a sentence")
    await page.get_by_role("button", name="Sign in again").click()
    dialog = page.get_by_role("dialog", name="Sign in")
    await expect(dialog.get_by_text("What you typed here stays.")).to_be_visible()
    await inspect(page)
    async with page.context.expect_page() as opened:
        await dialog.get_by_role("link", name="Go on with Google").click()
    await titled(await opened.value, "My notes")
    await expect(page.get_by_role("link", name="My notes")).to_be_visible()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_label("Your note")).to_have_value("half a sentence")
    await (await opened.value).close()


async def refused_there_is_refused_here(provider, public, refusing) -> None:
    provider.person = Person(subject="3", email=f"{uuid4().hex}@example.com", verified=False)
    await refusing.goto(f"{public}/auth")
    await refusing.get_by_role("link", name="Go on with Google").click()
    await expect(refusing.get_by_text("Your address is not verified there.")).to_be_visible()
    assert refusing.url == f"{public}/auth"
    await inspect(refusing)

    async def cancel(request: web.Request) -> web.StreamResponse:
        state = request.query["state"]
        raise web.HTTPFound(f"{request.query['redirect_uri']}?error=access_denied&state={state}")

    provider.instead["/google/authorize"] = cancel
    await refusing.get_by_role("link", name="Go on with Google").click()
    await expect(refusing.get_by_text("The sign-in was refused there.")).to_be_visible()
    await refusing.goto(f"{public}/oauth/callback")
    await titled(refusing, "Nothing came back")
    await inspect(refusing)
