"""Signing out leaves nothing at hand, and takes nothing without a word."""

import asyncio

import pytest
from playwright.async_api import APIResponse, Page, Route, expect

from .faults import NO_CLIPBOARD
from .inspection import inspect
from .notes import make_link
from .people import sheet, signed_in, titled

pytestmark = pytest.mark.e2e


async def home(page: Page) -> None:
    await page.get_by_role("link", name="Onasty, write a note").click()


async def sign_out(page: Page) -> None:
    await page.get_by_role("link", name="Profile", exact=True).click()
    await titled(page, "Profile")
    await page.get_by_role("button", name="Sign out", exact=True).click()


def question(page: Page):
    return page.get_by_role("dialog", name="Sign out now?")


async def confirm(page: Page) -> None:
    await question(page).get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()


async def nothing_is_left(page: Page) -> None:
    await home(page)
    await titled(page, "Say it once.")
    await expect(page.get_by_label("Your note")).to_have_value("")


@pytest.fixture
async def writer(stack, profile, account) -> Page:
    """A page of somebody who is signed in and writes."""
    page = await (await profile(permissions=["clipboard-read", "clipboard-write"])).new_page()
    await signed_in(page, stack.endpoints.gateway, (await account()).email)
    await home(page)
    await page.get_by_label("Your note").fill("half a sentence")
    return page


async def test_what_was_not_sent_is_asked_about(writer, recorder):
    recorder.secrets.append("half a sentence")
    await sign_out(writer)
    await expect(question(writer).get_by_role("button", name="Cancel")).to_be_focused()
    await inspect(writer)
    await writer.keyboard.press("Escape")
    await writer.get_by_role("button", name="Sign out everywhere").click()
    everywhere = writer.get_by_role("dialog", name="Sign out everywhere?")
    await expect(everywhere).to_contain_text("It is lost then.")
    await writer.keyboard.press("Escape")
    end = sheet(writer, "Delete the account")
    await end.get_by_role("button", name="Delete the account").click()
    await expect(end.get_by_role("alert")).to_contain_text("It is lost then.")
    await inspect(writer)
    await home(writer)
    await expect(writer.get_by_label("Your note")).to_have_value("half a sentence")
    await sign_out(writer)
    await confirm(writer)
    await nothing_is_left(writer)


async def test_only_a_link_that_was_not_copied_is_asked_about(writer, recorder):
    recorder.secrets.append("half a sentence")
    await writer.evaluate(NO_CLIPBOARD)
    await make_link(writer, recorder)
    await expect(writer.get_by_text("Copy it and send it")).to_be_visible()
    await sign_out(writer)
    await expect(question(writer)).to_be_visible()
    await writer.keyboard.press("Escape")
    await home(writer)
    await writer.evaluate("delete navigator.clipboard")
    await writer.get_by_role("button", name="Copy the link").click()
    await expect(writer.get_by_text("It is in your clipboard already")).to_be_visible()
    await sign_out(writer)
    await expect(writer.get_by_role("link", name="Sign in")).to_be_visible()
    await nothing_is_left(writer)


async def test_a_note_that_is_on_its_way_is_asked_about_and_not_shown_to_who_is_next(writer, recorder):
    recorder.secrets.append("half a sentence")
    held: asyncio.Future[tuple[Route, APIResponse]] = asyncio.get_running_loop().create_future()

    async def hold(route: Route) -> None:
        # The note is made while its author is signed in.
        held.set_result((route, await route.fetch()))

    await writer.route("**/api/v1/note", hold)
    await writer.get_by_role("button", name="Make the link").click()
    route, answer = await held
    await sign_out(writer)
    await confirm(writer)
    async with writer.expect_response("**/api/v1/note"):
        await route.fulfill(response=answer)
    await nothing_is_left(writer)
    await expect(writer.get_by_role("button", name="Make the link")).to_be_visible()
    await expect(writer.get_by_role("heading", name="Your link is ready")).to_have_count(0)
