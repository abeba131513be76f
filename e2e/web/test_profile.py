"""One's account on a page: its password, its address, its data, its end."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import expect

from e2e.letters import PASSWORD

from .faults import refusing
from .inspection import inspect
from .people import fill_sign_in, letter_link, sheet, signed_in, titled

pytestmark = pytest.mark.e2e
OTHER = "another fine horse"


@pytest.fixture
async def ada(stack, page, account):
    """Somebody whose profile is open."""
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.get_by_role("link", name="Profile", exact=True).click()
    await titled(page, "Profile")
    return ada


async def test_the_profile_can_be_used_by_everybody(page, ada):
    await expect(sheet(page, "Your account")).to_contain_text(ada.email)
    await expect(sheet(page, "Where you are signed in").get_by_text("This browser")).to_be_visible()
    await inspect(page)


async def test_another_password_ends_every_session_but_this(stack, page, ada, sign_in, api):
    part = sheet(page, "Password")
    await part.get_by_label("Current password").fill("not this one")
    await part.get_by_label("New password").fill(OTHER)
    await part.get_by_role("button", name="Change the password").click()
    await expect(part.get_by_text("This is not your password.")).to_be_visible()
    await expect(part.get_by_label("Current password")).to_be_focused()
    await inspect(page)
    await part.get_by_label("Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("All other sessions have ended.")).to_be_visible()
    await expect(part.get_by_label("Current password")).to_have_value("")
    await sign_in(ada.email, OTHER)
    refused = await api.post("/api/v1/auth/refresh-tokens", {"refresh_token": ada.refresh_token})
    assert refused.status >= 400
    await page.reload()
    await titled(page, "Profile")
    await expect(sheet(page, "Where you are signed in").get_by_text("This browser")).to_be_visible()


async def test_another_address_by_the_letter_to_it(stack, page, ada, mailbox):
    new = f"{uuid4().hex}@example.com"
    part = sheet(page, "E-mail address")
    await part.get_by_label("New address").fill(ada.email.upper())
    await part.get_by_label("Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Send the link").click()
    await expect(part.get_by_text("This is your address already.")).to_be_visible()
    await part.get_by_label("New address").fill(new)
    await part.get_by_role("button", name="Send the link").click()
    await expect(part.get_by_text("If the address is free")).to_be_visible()
    await inspect(page)

    await page.goto(await letter_link(mailbox, new))
    await titled(page, "Confirm your new address")
    await inspect(page)
    await page.get_by_role("button", name="Use this address").click()
    await titled(page, "Your new address is in use")
    await expect(page.get_by_role("link", name="Profile", exact=True)).to_have_count(0)
    await inspect(page)
    await signed_in(page, stack.endpoints.gateway, new)


async def test_all_that_is_held_is_one_file(page, ada, write):
    await write("found in the file", headers=ada.headers)
    async with page.expect_download() as told:
        await sheet(page, "Your data").get_by_role("button", name="Download").click()
    download = await told.value
    assert download.suggested_filename == "onasty.json"
    held = json.loads(Path(await download.path()).read_text())
    assert ada.email in json.dumps(held)
    assert "found in the file" in json.dumps(held)
    await expect(page.get_by_text("The file is downloaded.")).to_be_visible()


async def test_who_signs_in_again_deletes_nothing_by_that(page, ada, api, recorder):
    part = sheet(page, "Delete the account")
    await part.get_by_role("button", name="Delete the account").click()
    await part.get_by_label("Current password").fill(PASSWORD)
    await page.route("**/api/v1/me", refusing("sign_in_again", 403))
    await part.get_by_role("button", name="Delete for good").click()
    await expect(part.get_by_text("This needs a fresh sign-in.")).to_be_visible()
    await page.unroute("**/api/v1/me")
    again = part.get_by_role("button", name="Sign in again")
    await again.click()
    dialog = page.get_by_role("dialog", name="Sign in")
    await inspect(page)
    await dialog.get_by_label("E-mail address").fill(ada.email)
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(again).to_be_focused()
    await inspect(page)
    assert recorder.paths().count("DELETE /api/v1/me") == 1
    assert (await api.get("/api/v1/me", headers=ada.headers)).status == 200
    await part.get_by_role("button", name="Delete for good").click()
    await titled(page, "Say it once.")


async def test_an_open_dialog_says_how_long_to_wait(page, ada):
    part = sheet(page, "E-mail address")
    await part.get_by_label("New address").fill(f"{uuid4().hex}@example.com")
    await part.get_by_label("Current password").fill(PASSWORD)
    await page.route("**/api/v1/auth/change-email", refusing("sign_in_again", 403))
    await page.route("**/api/v1/session", refusing("too_many_requests", 429, retry_after=30))
    await part.get_by_role("button", name="Send the link").click()
    await part.get_by_role("button", name="Sign in again").click()
    dialog = page.get_by_role("dialog", name="Sign in")
    await expect(dialog.get_by_role("status")).to_have_text("")
    await fill_sign_in(dialog, ada.email)
    await expect(dialog.get_by_role("status")).to_have_text("Try again in 30 seconds")
    await inspect(page)


async def test_an_open_dialog_says_what_is_announced(page, ada):
    part = sheet(page, "E-mail address")
    await part.get_by_label("New address").fill(f"{uuid4().hex}@example.com")
    await part.get_by_label("Current password").fill(PASSWORD)
    await page.route("**/api/v1/auth/change-email", refusing("sign_in_again", 403))
    await page.route("**/api/v1/session", refusing("user_not_activated", 403))
    await part.get_by_role("button", name="Send the link").click()
    await part.get_by_role("button", name="Sign in again").click()
    dialog = page.get_by_role("dialog", name="Sign in")
    await expect(dialog.get_by_role("status")).to_have_text("")
    await fill_sign_in(dialog, ada.email)
    await dialog.get_by_role("button", name="Send the e-mail again").click()
    said = dialog.get_by_role("status")
    await expect(said).to_contain_text("another e-mail is on its way")
    # All see it, in a place of its own.
    await expect(said).to_have_css("display", "block")
    await expect(said).not_to_have_css("margin-top", "0px")
    await inspect(page)


async def test_the_account_ends_with_its_notes(stack, page, ada, api, write):
    path = await write("goes with it", headers=ada.headers)
    part = sheet(page, "Delete the account")
    # What was pressed is gone each time: the focus is where one goes on.
    for _ in range(2):
        await part.get_by_role("button", name="Delete the account").click()
        await expect(part.get_by_label("Current password")).to_be_focused()
        await part.get_by_role("button", name="Keep it").click()
        await expect(part.get_by_role("button", name="Delete the account")).to_be_focused()
    await page.keyboard.press("Enter")
    await inspect(page)
    await part.get_by_label("Current password").fill("not this one")
    await part.get_by_role("button", name="Delete for good").click()
    await expect(part.get_by_text("This is not your password.")).to_be_visible()
    await expect(part.get_by_text("It is lost then.")).to_have_count(0)
    await part.get_by_label("Current password").fill(PASSWORD)
    await part.get_by_role("button", name="Delete for good").click()
    await titled(page, "Say it once.")
    await expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    answer = await api.post("/api/v1/session", {"email": ada.email, "password": PASSWORD})
    assert answer.status >= 400
    assert (await api.get("/api/v1/me", headers=ada.headers)).status >= 400
    assert path
