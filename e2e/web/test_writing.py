"""Writing: options by real keys, and a note that waits for whoever looks elsewhere meanwhile."""

import asyncio

import pytest
from playwright.async_api import Dialog, Route, expect

from .faults import NO_CLIPBOARD, cut
from .inspection import inspect
from .notes import make_link, write_note

pytestmark = pytest.mark.e2e


async def test_the_number_of_views_is_typed_over(stack, page):
    await page.goto(stack.endpoints.gateway)
    await page.get_by_role("button", name="Options").click()
    await page.get_by_label("Can be opened").select_option("several times …")
    field = page.get_by_label("How many times")
    await expect(field).to_have_value("3")
    await field.select_text()
    await page.keyboard.type("1")
    await expect(page.get_by_text("A whole number from 2 to 100.")).to_be_visible()
    await expect(page.get_by_text("Opens … times")).to_be_visible()
    await page.keyboard.type("2")
    await expect(field).to_have_value("12")
    await expect(page.get_by_text("Opens 12 times")).to_be_visible()


async def test_wrong_options_are_shown_and_said(stack, page, recorder):
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("x")
    options = page.get_by_role("button", name="Options")
    await options.click()
    name = page.get_by_label("Name in the link")
    await name.fill("ab")
    await options.click()
    await expect(name).to_be_hidden()
    for _ in range(2):
        await page.get_by_role("button", name="Make the link").click()
        await expect(name).to_be_focused()
        await expect(name).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_role("alert")).to_have_text("One of the options needs a look.")
    await inspect(page)
    await name.fill("")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert "POST /api/v1/note" not in recorder.paths()


async def test_a_refusal_leaves_the_focus_in_the_option_that_sent(stack, page, recorder, write):
    taken = (await write("there before")).rpartition("/")[2]
    recorder.secrets.append("of the same name")
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("of the same name")
    await page.get_by_role("button", name="Options").click()
    name = page.get_by_label("Name in the link")
    await name.fill(taken)
    await name.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("taken")
    await expect(name).to_be_focused()


async def test_a_link_waits_for_who_looks_elsewhere_meanwhile(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "kept at hand")
    await page.get_by_role("link", name="How it works").click()
    await expect(page.get_by_role("heading", name="How it works", level=1)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("The link", exact=True)).to_have_value(link)
    await page.get_by_role("button", name="Write another").click()
    await expect(page.get_by_label("Your note")).to_have_value("")
    await expect(page.get_by_label("Your note")).to_be_editable()


async def test_a_note_that_is_on_its_way_is_not_lost_by_a_look_elsewhere(stack, page, recorder):
    recorder.secrets.append("on its way")
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()
    await page.goto(stack.endpoints.gateway)

    async def hold(route: Route) -> None:
        held.set_result(route)

    await page.route("**/api/v1/note", hold)
    editor = page.get_by_label("Your note")
    await editor.fill("on its way")
    await page.get_by_role("button", name="Make the link").click()
    # What would be typed now would not be sent.
    await expect(editor).to_have_attribute("aria-readonly", "true")
    route = await held
    await editor.press_sequentially("x")
    await expect(editor).to_have_value("on its way")
    # A keyboard that composes words cannot be held.
    await editor.evaluate("""(editor) => {
      editor.value += ', later'
      editor.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }""")
    await page.get_by_role("link", name="How it works").click()
    await expect(page.get_by_role("heading", name="How it works", level=1)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("button", name="Encrypting")).to_be_visible()
    await page.go_forward()
    async with page.expect_response("**/api/v1/note"):
        await route.continue_()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_visible()
    recorder.secrets.append((await page.get_by_label("The link", exact=True).input_value()).partition("#")[2])
    await page.get_by_role("button", name="Write another").click()
    await expect(editor).to_have_value("on its way, later")


async def test_nothing_unsent_and_no_link_uncopied_goes_without_a_question(stack, profile, recorder):
    recorder.secrets.append("half a sen")
    browser = await profile(permissions=["clipboard-read", "clipboard-write"])
    page = await browser.new_page()
    asked: list[str] = []

    async def go(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", go)
    await page.goto(stack.endpoints.gateway)
    for text in ("half a sen", "half a sentence"):
        await page.get_by_label("Your note").click()
        await page.keyboard.type(text)
        if text == "half a sen":
            await page.reload()
            assert asked == ["beforeunload"]
    await make_link(page, recorder)
    await expect(page.get_by_text("It is in your clipboard already")).to_be_visible()
    await page.reload()
    assert asked == ["beforeunload"]
    await page.add_init_script(NO_CLIPBOARD)
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").click()
    await page.keyboard.type("half a sentence")
    await make_link(page, recorder)
    await expect(page.get_by_text("Copy it and send it")).to_be_visible()
    await page.reload()
    assert asked == ["beforeunload"] * 2


@pytest.mark.parametrize("part", ["send", "sent", "manage"])
async def test_what_sends_could_not_be_loaded(stack, page, recorder, part):
    recorder.network_fails = True
    recorder.secrets.append("still here")

    await page.route(f"**/assets/{part}-*", cut)
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("still here")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    await expect(page.get_by_label("Your note")).to_have_value("still here")
    await expect(page.get_by_label("Your note")).to_be_editable()
