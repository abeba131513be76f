"""What people do with notes on the pages, in a few words."""

from __future__ import annotations

from playwright.async_api import Page, expect

from .recorder import Recorder


async def write_note(page: Page, recorder: Recorder, gateway: str, text: str, password: str = "") -> str:
    """The link of a note written in this page. Its text, key and password are secrets from then on."""
    recorder.secrets += [text[:1000], *([password] if password else [])]
    await page.goto(gateway)
    await paste(page, text)
    if password:
        await page.get_by_role("button", name="Options").click()
        await page.get_by_label("Password", exact=True).fill(password)
    return await make_link(page, recorder)


async def paste(page: Page, text: str) -> None:
    """Typed in, each line end of a long text costs Chromium more than the one before."""
    editor = page.get_by_label("Your note")
    await editor.evaluate(
        """(editor, text) => {
          editor.setRangeText(text)
          editor.dispatchEvent(new InputEvent('input', { bubbles: true }))
        }""",
        text,
    )
    await expect(editor).to_have_js_property("value", text)


async def loaded(page) -> None:
    """What sends, and what says why it did not, is loaded while one writes."""
    parts = ("send-", "problems-", "parts-", "sent-", "manage-")
    done = """(parts) => {
      const files = performance.getEntriesByType('resource').filter(({ responseEnd }) => responseEnd)
      const those = (part) => files.filter(({ name }) => name.includes(part))
      // Of the names with "sent-", one has the words, one the styles and one what shows the link.
      return parts.every((part) => those(part).length > 0) && those('/sent-').length >= 3
    }"""
    await page.wait_for_function(done, arg=parts)


async def make_link(page: Page, recorder: Recorder) -> str:
    """The link of what stands in the page. Its key is a secret from then on."""
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_visible()
    link = await page.get_by_label("The link", exact=True).input_value()
    recorder.secrets.append(link.partition("#")[2])
    return link


async def open_note(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_role("button", name="Open it now").click()


def content(page: Page):
    """Where an opened note stands."""
    return page.get_by_role("region", name="What it says")
