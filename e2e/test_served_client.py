"""The web client as it was built, from the gateway, in a real Chromium."""

import re

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_it_lives_under_its_policy(stack, page):
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright wants a function
    document = await page.goto(stack.endpoints.gateway)
    # What it forbids would show on the console, which the page's fixture reads.
    assert "require-trusted-types-for 'script'" in document.headers["content-security-policy"]
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.wait_for_load_state("networkidle")
    assets = [answer for answer in answers if "/assets/" in answer.url]
    assert assets
    for asset in assets:
        assert asset.status == 200
        assert asset.headers["content-encoding"] == "br"
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/nowhere", "/secret/a/b"])
async def test_nowhere_is_a_page_that_says_so(stack, page, path):
    answer = await page.goto(f"{stack.endpoints.gateway}{path}")
    assert answer.status == 404
    await expect(page.get_by_role("link", name=re.compile("Write"))).to_be_visible()
