"""What the command line sends opens in a browser, and the other way round."""

import pytest
from playwright.async_api import expect

from ..cli.conftest import alone, onasty
from .notes import content, write_note

pytestmark = pytest.mark.e2e
__all__ = ["alone", "onasty"]

TEXT = "grüße 🔑\n\ttwo"


@pytest.mark.parametrize("password", ["", "pass wörd"], ids=["no password", "password"])
async def test_from_the_command_line_to_the_browser(onasty, page, recorder, password):
    options = ("--password",) if password else ()
    link = await onasty.send(TEXT.encode(), *options, ONASTY_PASSWORD=password)
    recorder.secrets += [TEXT, link.partition("#")[2], *filter(None, [password])]
    await page.goto(link)
    if password:
        await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text(TEXT)
    assert (await onasty.run("read", link, ONASTY_PASSWORD=password)).code == 4


@pytest.mark.parametrize("password", ["", "pass wörd"], ids=["no password", "password"])
async def test_from_the_browser_to_the_command_line(stack, onasty, page, recorder, password):
    link = await write_note(page, recorder, stack.endpoints.gateway, TEXT, password=password)
    read = await onasty.run("read", link, ONASTY_PASSWORD=password)
    assert (read.code, read.out) == (0, TEXT.encode())
    await expect(page.get_by_role("status").filter(has_text="Opened")).to_be_attached()
    await open_note_that_is_gone(page, link)


async def open_note_that_is_gone(page, link):
    await page.goto(link)
    await expect(page.get_by_role("heading", name="This note was already read")).to_be_visible()
