"""The page that shows the API, in a real Chromium."""

import pytest
from playwright.async_api import expect
from yarl import URL

pytestmark = pytest.mark.e2e


async def test_the_api_is_shown_to_people_and_can_be_tried(stack, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    operation = page.locator("#operations-notes-create_note")
    for width in (360, 1440):
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.emulate_media(color_scheme=scheme)
            await page.goto(f"{stack.endpoints.gateway}/api/docs")
            await operation.locator(".opblock-summary-control").click()
            await expect(operation.locator(".opblock-body")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    status = operation.locator(".live-responses-table .response .response-col_status")
    await expect(status).to_contain_text("201")
    assert {URL(url).origin() for url in asked if not url.startswith("data:")} == {
        URL(stack.endpoints.gateway)
    }
