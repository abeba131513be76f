"""One account in several tabs and browsers: what ends in one is learnt in the others."""

import asyncio

import pytest
from playwright.async_api import expect

from .faults import refusing
from .inspection import inspect
from .people import fill_sign_in, note, sheet, signed_in, titled

pytestmark = pytest.mark.e2e

SESSION = "**/api/v1/session/refresh"


async def test_a_sign_out_is_seen_in_the_other_tab(stack, browser, account):
    ada = await account()
    one, other, still = [await browser.new_page() for _ in range(3)]
    await signed_in(one, stack.endpoints.gateway, ada.email)
    # It asks the server nothing: only the other tabs can tell it.
    await still.goto(stack.endpoints.gateway)
    await expect(still.get_by_role("link", name="My notes")).to_be_visible()
    await other.goto(f"{stack.endpoints.gateway}/dashboard")
    await titled(other, "My notes")
    await expect(other.get_by_text("Live", exact=True)).to_be_visible()
    await one.goto(f"{stack.endpoints.gateway}/profile")
    await one.get_by_role("button", name="Sign out", exact=True).click()
    await expect(other.get_by_text("Sign in to see it.")).to_be_visible()
    await expect(still.get_by_role("link", name="Sign in")).to_be_visible()
    await fill_sign_in(one, ada.email)
    await expect(other.get_by_text("Live", exact=True)).to_be_visible()
    await expect(still.get_by_role("link", name="My notes")).to_be_visible()


async def test_a_browser_whose_session_was_ended_learns_it_and_keeps_what_was_typed(
    stack, profile, account, api, write
):
    ada = await account()
    path = await write("to be changed", headers=ada.headers)
    here, there = [await (await profile()).new_page() for _ in range(2)]
    for page in (here, there):
        await signed_in(page, stack.endpoints.gateway, ada.email)
    row = note(there, path.rpartition("/")[2])
    await row.get_by_role("button", name="Change").click()
    await row.get_by_label("What it says").fill("half a sentence")

    await here.goto(f"{stack.endpoints.gateway}/profile")
    sessions = sheet(here, "Where you are signed in")
    await expect(sessions.get_by_role("listitem")).to_have_count(3)
    others = sessions.get_by_role("button", name="End the session of")
    for left in (2, 1):
        await others.first.click()
        await expect(sessions.get_by_role("listitem")).to_have_count(left)

    # The live list learns it by itself.
    await expect(there.get_by_text("Your session has ended.").first).to_be_visible()
    await inspect(there)
    await expect(row.get_by_label("What it says")).to_have_value("half a sentence")
    await there.get_by_role("button", name="Sign in again").click()
    dialog = there.get_by_role("dialog", name="Sign in")
    await inspect(there)
    await fill_sign_in(dialog, ada.email)
    await expect(dialog).to_be_hidden()
    await expect(there.get_by_role("heading", level=1)).to_be_focused()
    await expect(row.get_by_label("What it says")).to_have_value("half a sentence")
    await row.get_by_role("button", name="Save").nth(1).click()
    await expect(there.get_by_text("The note says this now.")).to_be_visible()


async def test_the_focus_goes_on_in_the_list_of_sessions(stack, page, account, sign_in):
    ada = await account()
    await asyncio.gather(*(sign_in(ada.email) for _ in range(4)))
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.goto(f"{stack.endpoints.gateway}/profile")
    sessions = sheet(page, "Where you are signed in")
    ends = sessions.get_by_role("button", name="End the session of")
    await sessions.get_by_role("button", name="Show all 6").click()
    await expect(ends).to_have_count(5)
    await expect(ends.last).to_be_focused()
    await ends.nth(3).click()
    await expect(ends).to_have_count(4)
    await expect(ends.last).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(ends).to_have_count(3)
    await expect(sessions.get_by_role("button", name="Sign out everywhere")).to_be_focused()


async def test_while_the_server_is_away_the_account_is_still_offered(stack, page, account, recorder):
    recorder.network_fails = True

    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.route(SESSION, refusing("unavailable"))
    await page.goto(stack.endpoints.gateway)
    await page.get_by_role("link", name="My notes").click()
    await expect(page.get_by_role("alert")).to_contain_text("A part of the server is away.")
    await inspect(page)
    await page.unroute(SESSION)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="No notes yet")).to_be_visible()


async def test_signing_out_everywhere_is_asked_about_and_done(stack, page, account, api):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.goto(f"{stack.endpoints.gateway}/profile")
    await page.get_by_role("button", name="Sign out everywhere").click()
    dialog = page.get_by_role("dialog", name="Sign out everywhere?")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await inspect(page)
    await dialog.get_by_role("button", name="Sign out everywhere").click()
    await expect(page.get_by_text("You are signed out everywhere.")).to_be_visible()
    refused = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": ada.refresh_token})
    assert refused.status >= 400


async def test_a_note_made_while_the_token_is_renewed_is_not_anonymous(stack, page, account, api):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    asked, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(route) -> None:
        asked.set()
        await may_go_on.wait()
        await route.continue_()

    await page.route(SESSION, hold)
    await page.goto(stack.endpoints.gateway)
    await asked.wait()
    await page.get_by_label("Your note").fill("mine all the same")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_have_count(0)
    may_go_on.set()
    await titled(page, "Your link is ready")
    assert len((await api.get("/api/v1/note", headers=ada.headers)).json) == 1


async def test_an_ended_session_is_said_before_a_note_goes_out_nameless(stack, page, account, api):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    logout = {"json": {}, "headers": ada.headers}
    assert (await api.call("POST", "/api/v1/auth/logout/all", **logout)).status == 204
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("kept here")
    await expect(page.get_by_text("Your session has ended.").first).to_be_visible()
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_text("Your session has ended, and nothing was sent.")).to_be_visible()
    await inspect(page)
    await page.get_by_role("button", name="Go on without an account").click()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page.get_by_label("Your note")).to_have_value("kept here")
    await page.get_by_role("button", name="Make the link").click()
    await titled(page, "Your link is ready")


async def test_a_letter_tells_that_a_note_was_opened(stack, page, account, api, mailbox):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("tell me")
    await page.get_by_role("button", name="Options").click()
    await page.get_by_label("E-mail me when it is opened").check()
    await page.get_by_role("button", name="Make the link").click()
    await titled(page, "Your link is ready")
    await page.goto(await page.get_by_label("The link", exact=True).input_value())
    await page.get_by_role("button", name="Open it now").click()
    await titled(page, "The note")
    # The one that confirms the address may never have gone: it was confirmed first.
    await mailbox.wait_for(ada.email, subject="Your note was opened")


async def test_what_an_address_says_of_a_sign_in_is_not_believed(stack, page):
    await page.goto(f"{stack.endpoints.gateway}/auth#oauth=constructor")
    await expect(page.get_by_role("alert")).to_contain_text("Something answered that we do not understand")
    await expect(page.get_by_label("Password", exact=True)).to_be_visible()
    await page.goto("about:blank")
    await page.goto(f"{stack.endpoints.gateway}/#oauth=signed_in")
    await expect(page.get_by_text("Sign in to see it.")).to_be_visible()
    await expect(page.get_by_text("Your session has ended")).to_have_count(0)
    await inspect(page)
