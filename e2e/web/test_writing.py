"""Writing: options by real keys, what is wrong with them, and what becomes of a note when one looks elsewhere."""

import pytest
from playwright.async_api import expect

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
