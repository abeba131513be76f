"""The pages by keyboard alone, for who listens, and without motion."""

import pytest
from playwright.async_api import Page, expect

from .notes import content, write_note

pytestmark = pytest.mark.e2e

RING = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return outlineStyle === 'none' || outlineWidth === '0px' ? document.activeElement.outerHTML : 'ring'
}"""


async def tab_to(page: Page, target, key: str = "Tab") -> None:
    """By the keyboard to it; wherever the focus is on the way, it can be seen."""
    for _ in range(40):
        if await target.evaluate("(element) => element === document.activeElement"):
            return
        await page.keyboard.press(key)
        assert await page.evaluate(RING) == "ring"
    pytest.fail("the keyboard does not get there")


async def test_from_writing_to_reading_by_keyboard_alone(stack, page, recorder):
    recorder.secrets.append("typed")
    await page.goto(stack.endpoints.gateway)
    await tab_to(page, page.get_by_role("link", name="Skip to the content"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Your note"))
    await page.keyboard.type("typed")
    await tab_to(page, page.get_by_role("button", name="Options"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Options")).to_have_attribute("aria-expanded", "true")
    password = page.get_by_label("Password", exact=True)
    await expect(password).to_be_visible()
    # What a button opens comes after it.
    await page.keyboard.press("Tab")
    await expect(password).to_be_focused()
    await page.keyboard.type("pass word")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_focused()
    field = page.get_by_label("The link", exact=True)
    await tab_to(page, field)
    # What has the focus is selected, to be copied.
    link = await page.evaluate("getSelection().toString()")
    assert link == await field.input_value()
    await tab_to(page, page.get_by_role("link", name="Its own page"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your note")).to_be_focused()
    await tab_to(page, page.get_by_role("button", name="End it now"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="End it now")).to_be_focused()

    await page.goto(link)
    await tab_to(page, page.get_by_label("Password", exact=True))
    await page.keyboard.type("pass word")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="The note")).to_be_focused()
    await tab_to(page, content(page))
    await expect(content(page)).to_have_text("typed")
    await tab_to(page, page.get_by_role("button", name="I have it"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="The server has forgotten it")).to_be_visible()
    assert await page.evaluate("document.activeElement !== document.body")


async def test_what_changes_is_announced(stack, page, recorder, api):
    await page.goto(stack.endpoints.gateway)
    status = page.get_by_role("status")
    appearance = page.get_by_role("button", name="Appearance")
    await appearance.click()
    await expect(status.filter(has_text="Appearance: Light")).to_be_attached()
    await appearance.click()
    await expect(status.filter(has_text="Appearance: Dark")).to_be_attached()
    assert await page.evaluate("getComputedStyle(document.body.parentElement).colorScheme") == "dark"
    link = await write_note(page, recorder, stack.endpoints.gateway, "announced")
    await expect(page.get_by_text("Not opened yet")).to_be_visible()
    # Times tick: where they stand, nothing may be read out by itself.
    await expect(page.locator("[aria-live]")).to_have_count(0)
    reader = await page.context.new_page()
    await reader.goto(link)
    await reader.get_by_role("button", name="Open it now").click()
    await expect(status.filter(has_text="Opened")).to_be_attached()


async def test_who_wants_no_motion_sees_none(stack, page):
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(stack.endpoints.gateway)
    await page.route("**/api/v1/note", lambda route: None)  # it stays on its way
    await page.get_by_label("Your note").fill("x")
    await page.get_by_role("button", name="Options").click()
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("button", name="Encrypting")).to_be_visible()
    moving = """() => document.getAnimations().filter((it) => it.playState === 'running'
      && it.effect.getComputedTiming().endTime > 10).length"""
    assert await page.evaluate(moving) == 0
    await page.emulate_media(reduced_motion="no-preference")
    assert await page.evaluate(moving) == 1, "the spinner turns for everybody else"


@pytest.mark.parametrize("size", [(320, 640), (640, 400)], ids=["400 %", "200 %"])
async def test_a_note_is_written_and_read_in_a_small_window(stack, page, recorder, size):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    link = await write_note(page, recorder, stack.endpoints.gateway, "x" * 3000)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.goto(link)
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
