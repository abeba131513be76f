"""Writing: options by real keys, what is wrong with them, and what becomes of a note when one looks elsewhere."""

import pytest
from playwright.async_api import expect

from .inspection import inspect

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
