"""A note through the pages: written, read, gone."""

import pytest
from playwright.async_api import expect

from .inspection import inspect
from .notes import content, open_note, write_note

pytestmark = pytest.mark.e2e


async def test_a_note_is_written_read_and_gone(stack, page, recorder):
    text = "line one\n  <b>line two</b> é 漢 🙂"
    link = await write_note(page, recorder, stack.endpoints.gateway, text)
    assert link.startswith(f"{stack.endpoints.gateway}/secret/")
    await inspect(page)

    await page.goto(link)
    await expect(page.get_by_role("heading", name="A note is waiting for you")).to_be_visible()
    await inspect(page)
    await open_note(page, link)
    await expect(content(page)).to_have_text(text)
    await inspect(page)

    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("The server has forgotten it")).to_be_visible()
    await expect(content(page)).to_have_text(text)
    await page.goto("about:blank")
    await page.goto(link)
    await expect(page.get_by_role("heading", name="This note was already read")).to_be_visible()
    await expect(page.get_by_text("It was opened: ")).to_be_visible()
    await inspect(page)
