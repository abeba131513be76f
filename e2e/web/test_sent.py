"""What a sender is told of a note while they look elsewhere, and what goes with its page."""

import secrets

import pytest
from playwright.async_api import Page, expect

from ..conftest import slug_of, soon
from .faults import DAYS, NO_CLIPBOARD, clock_ahead, cut
from .inspection import inspect
from .notes import make_link, write_note
from .people import titled

pytestmark = pytest.mark.e2e

SENT_FROM_HERE = """([slug, token]) => {
  const times = { createdAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-08T00:00:00Z' }
  localStorage.setItem('onasty.notes', JSON.stringify([{ slug, token, ...times }]))
}"""


async def sent_from_here(page: Page, path: str, token: str) -> None:
    """The browser's list holds this note, sent in another tab."""
    await page.evaluate(SENT_FROM_HERE, [slug_of(path), token])
    await look_again(page)


async def look_again(page: Page) -> None:
    await page.evaluate("dispatchEvent(new Event('focus'))")


async def test_a_row_tells_of_the_next_note_of_its_name_and_of_its_end_elsewhere(stack, page, api, write):
    token = secrets.token_urlsafe(32)
    path = await write("the next", manage_token=token)
    await page.add_init_script(clock_ahead())
    await page.goto(f"{stack.endpoints.gateway}/notes")
    row = page.locator("li")
    await sent_from_here(page, path, "A" * 43)
    await expect(row).to_contain_text("Long gone")
    await sent_from_here(page, path, token)
    await expect(row).to_contain_text("Not opened yet")
    ended = await api.call("DELETE", path, headers={"Onasty-Manage-Token": token})
    assert ended.status == 204
    # What was asked just now is not asked again.
    await page.evaluate("ahead = 60_000")
    await look_again(page)
    await expect(row).to_contain_text("Long gone")
    await expect(row).not_to_contain_text("Not opened yet")


async def test_a_clock_that_is_wrong_ends_no_note_in_the_list(stack, page, write, view):
    token = secrets.token_urlsafe(32)
    path = await write("kept", keep_before_expiration=True, expires_at=soon(), manage_token=token)
    assert (await view(path)).status == 200
    await page.add_init_script(clock_ahead())
    await page.goto(f"{stack.endpoints.gateway}/notes")
    await page.evaluate(f"ahead = {40 * DAYS}")
    await sent_from_here(page, path, token)
    await expect(page.locator("li")).to_contain_text("Opened, and still there")


@pytest.mark.parametrize("asks", [False, True])
async def test_the_end_of_its_time_is_said_and_takes_no_focus_along(stack, page, write, view, asks):
    token = secrets.token_urlsafe(32)
    path = await write("kept", keep_before_expiration=True, expires_at=soon(), manage_token=token)
    assert (await view(path)).status == 200
    await page.add_init_script(clock_ahead())
    # With its answer the page knows how far its clock is ahead: not at all.
    async with page.expect_request_finished(lambda request: request.url.endswith("/status")):
        await page.goto(f"{stack.endpoints.gateway}/manage/{slug_of(path)}#{token}")
    await expect(page.locator("p", has_text="Opened, and still there")).to_be_visible()
    if asks:
        await page.get_by_role("button", name="End it now").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
    else:
        await page.get_by_role("button", name="End it now").focus()
    await page.evaluate(f"ahead = {40 * DAYS}")
    over = "Opened; its time is over"
    await expect(page.get_by_role("status").filter(has_text=over)).to_be_attached()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("button", name="End it now")).to_have_count(0)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_who_tries_again_goes_on_where_the_page_begins(stack, page, recorder):
    recorder.network_fails = True
    await write_note(page, recorder, stack.endpoints.gateway, "late")
    for path in ("status", "events"):
        await page.route(f"**/api/v1/note/*/{path}", cut)
    await page.get_by_role("link", name="Its own page").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.unroute("**/api/v1/note/*/status")
    await page.get_by_role("button", name="Try again").press("Enter")
    await expect(page.get_by_text("Not opened yet")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_a_link_that_was_not_copied_goes_only_when_that_is_wished(stack, page, recorder):
    await page.add_init_script(NO_CLIPBOARD)
    link = await write_note(page, recorder, stack.endpoints.gateway, "to be lost")
    another = page.get_by_role("button", name="Write another")
    await another.click()
    dialog = page.get_by_role("dialog", name="Write another")
    await expect(dialog).to_contain_text("The link was not copied.")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await inspect(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("The link", exact=True)).to_have_value(link)
    await another.click()
    await dialog.get_by_role("button", name="Write another").click()
    await titled(page, "Say it once.")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()

    # Copied by hand, it is safe; a part of it is nothing.
    await page.get_by_label("Your note").fill("by hand")
    await make_link(page, recorder)
    field = page.get_by_label("The link", exact=True)
    await field.focus()
    await field.evaluate("(input) => input.setSelectionRange(0, 4)")
    await page.keyboard.press("Control+C")
    await another.click()
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await field.evaluate("(input) => { input.focus(); input.select() }")
    await page.keyboard.press("Control+C")
    await another.click()
    await titled(page, "Say it once.")
