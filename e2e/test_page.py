"""The page, in a real Chromium: write a note, read it, find it gone."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Route, expect
from yarl import URL

pytestmark = pytest.mark.e2e


@pytest.fixture
async def page(browser: BrowserContext) -> AsyncIterator[Page]:
    """A page whose console must stay silent: a violation of the content security policy shows there."""
    page = await browser.new_page()
    told: list[str] = []

    def tell(message: ConsoleMessage) -> None:
        # The browser itself reports a 404 that the page was made to handle, and what a test cuts off.
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of 4" not in message.text
            and "net::ERR_FAILED" not in message.text
        ):
            told.append(message.text)

    page.on("console", tell)
    page.on("pageerror", lambda error: told.append(str(error)))
    yield page
    assert told == []


async def write(page: Page, gateway: str, text: str) -> str:
    await page.goto(gateway)
    await page.get_by_label("The note").fill(text)
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_label("Send it")).to_be_visible()
    return await page.get_by_label("Send it").input_value()


async def test_a_note_is_written_read_and_gone(stack, page):
    text = "line one\n  <b>line two</b> é 漢 🙂"
    link = await write(page, stack.endpoints.gateway, text)
    assert link.startswith(f"{stack.endpoints.gateway}/secret/")

    await page.goto(link)
    await expect(page.get_by_role("heading", name="A note is waiting for you")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_label("What it says")).to_have_text(text)

    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("It was your view, and it is over")).to_be_visible()
    await expect(page.get_by_label("What it says")).to_have_text(text)
    await page.goto(link)
    await expect(page.get_by_role("heading", name="This note was already read")).to_be_visible()


async def test_a_reload_within_the_lease_shows_the_note_again(stack, browser, page):
    link = await write(page, stack.endpoints.gateway, "still here")
    await page.goto(link)
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_label("What it says")).to_have_text("still here")
    await page.reload()
    await expect(page.get_by_label("What it says")).to_have_text("still here")

    other = await browser.new_page()
    await other.goto(link)
    await expect(other.get_by_role("heading", name="This note was already read")).to_be_visible()


async def test_an_answer_that_was_lost_is_asked_for_again(stack, page):
    link = await write(page, stack.endpoints.gateway, "not lost")

    async def lose(route: Route) -> None:
        await route.fetch()  # the server has answered
        await route.abort()

    await page.route("**/view", lose, times=1)
    await page.goto(link)
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    await page.reload()
    await expect(page.get_by_label("What it says")).to_have_text("not lost")


REFUSED = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no') } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError') }"


@pytest.mark.parametrize("storage", [REFUSED, FULL], ids=["refused", "full"])
async def test_a_browser_that_stores_nothing_reads_the_note_all_the_same(stack, page, storage):
    link = await write(page, stack.endpoints.gateway, "for one page")

    async def lose(route: Route) -> None:
        await route.fetch()  # the server has answered
        await route.abort()

    await page.route("**/view", lose, times=1)
    await page.add_init_script(storage)
    await page.goto(link)
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_label("What it says")).to_have_text("for one page")
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("It was your view, and it is over")).to_be_visible()


async def test_a_link_to_nothing_says_so(stack, page):
    await page.goto(f"{stack.endpoints.gateway}/secret/no-such-note")
    await expect(page.get_by_role("heading", name="There is no such note")).to_be_visible()


async def test_a_refusal_is_shown(stack, page):
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("The note").fill("x" * 600_000)
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("more than the limit of 524288 bytes")
    assert len(await page.get_by_label("The note").input_value()) == 600_000


async def test_the_other_reader_of_two_is_told(stack, browser, page):
    link = await write(page, stack.endpoints.gateway, "for one")
    other = await browser.new_page()
    for reader in (page, other):
        await reader.goto(link)
    await page.get_by_role("button", name="Read it now").click()
    await expect(page.get_by_label("What it says")).to_have_text("for one")
    await other.get_by_role("button", name="Read it now").click()
    await expect(other.get_by_role("heading", name="This note was already read")).to_be_visible()


async def test_who_uses_the_keyboard_sees_where_they_are(stack, page):
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    link = await write(page, stack.endpoints.gateway, "x")
    for address in (stack.endpoints.gateway, link):
        await page.goto(address)
        heading = page.get_by_role("heading")
        await expect(heading).to_be_focused()
        assert await page.evaluate(ring) == "none"
        await page.keyboard.press("Tab")
        await expect(heading).not_to_be_focused()
        tag = await page.evaluate("document.activeElement.tagName")
        assert tag in {"TEXTAREA", "BUTTON"}
        assert await page.evaluate(ring) == "solid"


async def test_every_width_and_scheme_fits(stack, browser, page):
    for width in (360, 1440):
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.emulate_media(color_scheme=scheme)
            await page.goto(stack.endpoints.gateway)
            await expect(page.get_by_label("The note")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_link_of_a_letter_does_nothing_until_its_button_is_pressed(stack, api, page, link_of):
    credentials = {"email": f"{uuid4().hex}@example.com", "password": "correct horse battery"}
    assert (await api.post("/api/v1/auth/signup", credentials)).status == 201
    link = await link_of(credentials["email"])
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)))

    await page.goto(link)
    button = page.get_by_role("button", name="Confirm the address")
    await expect(button).to_be_visible()
    assert page.url == f"{stack.endpoints.gateway}/verify"
    await page.wait_for_load_state("networkidle")
    assert [url for method, url in asked if method != "GET" or "/api/" in url] == []
    waiting = await api.post("/api/v1/auth/signin", credentials)
    assert waiting.json["code"] == "user_not_activated"

    await button.click()
    await expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    assert (await api.post("/api/v1/auth/signin", credentials)).status == 200

    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("The link is not complete")
    # In the same tab, where the fragment alone is another.
    await page.goto(link)
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("not valid any more")


async def test_a_reset_asks_for_the_new_password(stack, page):
    sent = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.post_data else None)
    await page.goto(f"{stack.endpoints.gateway}/reset#{'A' * 43}")
    await page.get_by_label("The new password").fill("another fine password")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert sent == [{"token": "A" * 43, "password": "another fine password"}]


async def test_a_changed_address_is_confirmed_by_its_button(stack, page):
    await page.goto(f"{stack.endpoints.gateway}/change-email#{'A' * 43}")
    await page.get_by_role("button", name="Confirm the new address").click()
    await expect(page.get_by_role("alert")).to_be_visible()


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
