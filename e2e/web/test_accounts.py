"""An account through the pages, and the links of its letters."""

from uuid import uuid4

import pytest
from playwright.async_api import expect

from e2e.letters import PASSWORD

from .inspection import inspect
from .people import fill_sign_in, letter_link, signed_in, titled

pytestmark = pytest.mark.e2e


async def test_an_account_is_made_by_the_keyboard_alone(stack, page, mailbox):
    email = f"{uuid4().hex}@example.com"
    await page.goto(f"{stack.endpoints.gateway}/auth")
    await titled(page, "Sign in")
    await inspect(page)
    # Tab and Enter from the top of the page.
    await press_to(page, page.get_by_role("link", name="Make an account"))
    await page.keyboard.press("Enter")
    await titled(page, "Make an account")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("E-mail address")).to_be_focused()
    await page.keyboard.type("nobody")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("E-mail address")).to_be_focused()
    await expect(page.get_by_text("This cannot be an e-mail address")).to_be_visible()
    await expect(page.get_by_text("Too short: it takes at least 8 characters.")).to_be_visible()
    await inspect(page)
    await page.keyboard.press("Control+A")
    await page.keyboard.type(email)
    await page.keyboard.press("Tab")
    await page.keyboard.type("password1")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Too many people use this one")).to_be_visible()
    await expect(page.get_by_label("Password", exact=True)).to_be_focused()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await titled(page, "Look into your mailbox")
    await expect(page.get_by_text(email)).to_be_visible()
    again = page.get_by_role("button", name="Again in")
    await expect(again).to_be_disabled()
    # Nothing is under way: it waits, and looks so.
    await expect(again.locator("[aria-hidden]")).to_have_count(0)
    await expect(again).to_have_css("opacity", "0.55")
    await inspect(page)
    await letter_link(mailbox, email)


async def test_an_address_is_confirmed_by_its_letter_and_signs_in(stack, api, page, recorder, mailbox):
    email = f"{uuid4().hex}@example.com"
    await api.post("/api/v1/auth/signup", {"email": email, "password": PASSWORD})
    await page.goto(f"{stack.endpoints.gateway}/auth")
    await fill_sign_in(page, email)
    await expect(page.get_by_text("Your address is not confirmed yet.")).to_be_visible()
    await expect(page.get_by_role("button", name="Send the e-mail again")).to_be_enabled()
    await inspect(page)

    link = await letter_link(mailbox, email)
    await page.goto(link)
    await titled(page, "Confirm your address")
    assert "POST /api/v1/auth/verify" not in recorder.paths(), "looking at a link uses nothing"
    await inspect(page)
    await page.get_by_role("button", name="Confirm").click()
    await titled(page, "Your address is confirmed")
    assert "#" not in page.url
    await inspect(page)
    await page.goto(link)
    await page.get_by_role("button", name="Confirm").click()
    await titled(page, "This link is not valid")
    await inspect(page)

    await page.goto(f"{stack.endpoints.gateway}/auth")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await titled(page, "My notes")
    await page.reload()
    await titled(page, "My notes")
    await page.goto(f"{stack.endpoints.gateway}/auth")
    await titled(page, "You are signed in")
    await inspect(page)


async def test_a_forgotten_password_is_replaced_by_a_letter(stack, page, mailbox, account):
    ada = await account()
    await page.goto(f"{stack.endpoints.gateway}/auth")
    await fill_sign_in(page, ada.email, "not this one")
    await expect(page.get_by_text("The address or the password is wrong.")).to_be_visible()
    await expect(page.get_by_label("E-mail address")).to_have_value(ada.email)
    await inspect(page)
    await page.get_by_role("alert").locator("..").get_by_role("link", name="Forgot your password?").click()
    await titled(page, "A new password")
    await expect(page.get_by_label("E-mail address")).to_have_value(ada.email)
    await inspect(page)
    await page.get_by_role("button", name="Send the link").click()
    await titled(page, "Look into your mailbox")

    link = await letter_link(mailbox, ada.email, "Set a new password")
    await page.goto(link)
    await titled(page, "Choose a new password")
    await page.get_by_label("New password").fill("short")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_text("Too short")).to_be_visible()
    await inspect(page)
    await page.get_by_role("button", name="Make one up").click()
    made_up = await page.get_by_label("New password").input_value()
    assert len(made_up) >= 16
    await page.get_by_role("button", name="Set the password").click()
    await titled(page, "Your new password is set")
    await signed_in(page, stack.endpoints.gateway, ada.email, made_up)


@pytest.mark.parametrize("path", ["/verify", "/reset", "/change-email"])
async def test_a_link_that_was_cut_off_says_so(stack, page, recorder, path):
    await page.goto(f"{stack.endpoints.gateway}{path}#short")
    await titled(page, "This link is not valid")
    await expect(page.get_by_text("It is not whole.")).to_be_visible()
    await inspect(page)
    assert not [each for each in recorder.paths() if each.startswith("POST")]


async def press_to(page, target) -> None:
    """Tab until the target has the focus, and shows it."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await target.evaluate("(element) => element === document.activeElement"):
            style = "(element) => getComputedStyle(element).outlineStyle"
            assert await target.evaluate(style) != "none", "the focus is seen"
            return
    pytest.fail("Tab does not lead there")
