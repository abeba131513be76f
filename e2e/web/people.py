"""What people do with their accounts on the pages, in a few words."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from e2e.letters import PASSWORD, Mailbox, text_of

LINK = re.compile(r"http://\S+#\S+")


async def fill_sign_in(where: Page | Locator, email: str, password: str = PASSWORD) -> None:
    """The form of a sign-in, wherever it stands; sends it."""
    await where.get_by_label("E-mail address").fill(email)
    await where.get_by_label("Password", exact=True).fill(password)
    await where.get_by_role("button", name="Sign in").click()


async def signed_in(page: Page, gateway: str, email: str, password: str = PASSWORD) -> None:
    """The page, signed in, at one's own notes."""
    await page.goto(f"{gateway}/auth")
    await fill_sign_in(page, email, password)
    await titled(page, "My notes")


async def titled(page: Page, title: str) -> None:
    """Until the page is the one of this heading."""
    await expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


async def letter_link(mailbox: Mailbox, address: str, subject: str | None = None) -> str:
    """The link of a letter to the address, the latest of its subject."""
    found = LINK.search(text_of(await mailbox.wait_for(address, subject=subject)))
    assert found is not None
    return found[0]


def sheet(page: Page, title: str) -> Locator:
    """The part of the profile with this heading."""
    return page.locator("section").filter(has=page.get_by_role("heading", level=2, name=title, exact=True))


def note(page: Page, name: str) -> Locator:
    """A note in the list of one's own."""
    return page.get_by_role("article", name=name)
