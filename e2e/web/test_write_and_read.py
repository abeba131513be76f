"""A note through the pages: written, read, gone."""

import base64
import re
from pathlib import Path
from uuid import uuid4

import pytest
import zxingcpp
from playwright.async_api import expect

from ..conftest import slug_of
from .faults import cut
from .inspection import inspect
from .notes import content, make_link, open_note, write_note

pytestmark = pytest.mark.e2e

TEXT = "line one\n  <b>line two</b> é 漢 🙂"


async def test_a_note_is_written_read_and_gone(stack, page, recorder, database):
    link = await write_note(page, recorder, stack.endpoints.gateway, TEXT)
    assert link.startswith(f"{stack.endpoints.gateway}/secret/")
    await inspect(page)

    await page.goto(link)
    await expect(page.get_by_role("heading", name="A note is waiting for you")).to_be_visible()
    await inspect(page)
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text(TEXT)
    await inspect(page)

    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("The server has forgotten it")).to_be_visible()
    erased = "SELECT content IS NULL FROM notes WHERE slug = $1"
    assert await database.fetchval(erased, slug_of(link.partition("#")[0]))
    await expect(content(page)).to_have_text(TEXT)
    await page.reload()
    await expect(page.get_by_role("heading", name="This note was already read")).to_be_visible()
    await expect(page.get_by_text("It was opened: ")).to_be_visible()
    await inspect(page)


async def test_the_link_is_in_the_clipboard_and_in_the_qr_code(stack, profile, recorder):
    browser = await profile(permissions=["clipboard-read", "clipboard-write"])
    page = await browser.new_page()
    link = await write_note(page, recorder, stack.endpoints.gateway, "to be copied")
    await expect(page.get_by_text("It is in your clipboard already")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == link

    assert not [url for url in recorder.urls() if "/qr" in url]
    await page.get_by_role("button", name="QR code").click()
    image = page.get_by_role("img", name="The link as a QR code")
    await expect(image).to_be_visible()
    await inspect(page)
    assert await scanned(image) == link
    await page.get_by_role("button", name="Hide the QR code").click()
    await expect(image).to_be_hidden()


async def test_a_qr_code_that_cannot_be_loaded_is_said(stack, page, recorder):
    recorder.network_fails = True
    await write_note(page, recorder, stack.endpoints.gateway, "no picture")
    await page.route("**/assets/qr-*.js", cut)
    await page.get_by_role("button", name="QR code").click()
    await expect(page.get_by_role("status").get_by_text("The QR code could not be loaded")).to_be_visible()
    await inspect(page)
    await page.unroute("**/assets/qr-*.js")
    await page.get_by_role("button", name="QR code").click()
    await expect(page.get_by_role("img", name="The link as a QR code")).to_be_visible()


async def scanned(image) -> str:
    """What a scanner reads in it."""
    side, pixels = await image.evaluate("""async (image) => {
      await image.decode()
      const side = 480
      const context = new OffscreenCanvas(side, side).getContext('2d')
      context.drawImage(image, 0, 0, side, side)
      const { data } = context.getImageData(0, 0, side, side)
      const grey = Array.from({ length: side * side }, (_, at) => String.fromCharCode(data[4 * at]))
      return [side, btoa(grey.join(''))]
    }""")
    grey = memoryview(base64.b64decode(pixels)).cast("B", shape=[side, side])
    return zxingcpp.read_barcode(grey).text


async def test_two_things_to_copy_and_one_clipboard(stack, profile, recorder):
    browser = await profile(permissions=["clipboard-read", "clipboard-write"])
    page = await browser.new_page()
    link = await write_note(page, recorder, stack.endpoints.gateway, "two ways", password="pass word")
    said = page.get_by_text("It is in your clipboard already")
    await expect(said).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    await page.get_by_role("button", name="Copy the password").click()
    await expect(said).to_be_hidden()
    assert await page.evaluate("navigator.clipboard.readText()") == "pass word"
    ticks = page.locator("button use[href$='#check']")
    await expect(ticks).to_have_count(1)
    await page.get_by_role("button", name="Copy the link").click()
    await expect(said).to_be_visible()
    await expect(
        page.get_by_role("button", name="Copy the link").locator("use[href$='#check']")
    ).to_be_attached()
    await expect(ticks).to_have_count(1)
    assert await page.evaluate("navigator.clipboard.readText()") == link
    await expect(ticks).to_have_count(0, timeout=15_000)


async def test_a_refused_clipboard_is_said(stack, page, recorder):
    await page.add_init_script("""for (const way of ['write', 'writeText'])
      navigator.clipboard[way] = () => Promise.reject(new DOMException('no'))""")
    await write_note(page, recorder, stack.endpoints.gateway, "by hand")
    await expect(page.get_by_text("Copy it and send it")).to_be_visible()
    await page.get_by_role("button", name="Copy the link").click()
    await expect(page.get_by_role("status").filter(has_text="Select the text and copy it")).to_be_visible()


async def test_a_link_is_shared_by_the_systems_own_sheet(stack, page, recorder):
    await page.add_init_script("navigator.share = async (what) => { globalThis.shared = what }")
    link = await write_note(page, recorder, stack.endpoints.gateway, "to be shared")
    await page.get_by_role("button", name="Share").click()
    assert await page.evaluate("globalThis.shared") == {"url": link}


async def test_a_wrong_password_burns_nothing(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "for two", password="correct hörse")
    await expect(page.get_by_text("The password is not part of the link")).to_be_visible()
    await inspect(page)
    recorder.secrets.append("incorrect horse")
    await page.goto(link)
    await page.get_by_role("button", name="Open it now").click()
    field = page.get_by_label("Password", exact=True)
    await expect(field).to_have_accessible_description(re.compile(r"Enter the password\.$"))
    await expect(field).to_be_focused()
    await field.fill("incorrect horse")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_text("This is not the password. The note is still there")).to_be_visible()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await inspect(page)
    # The same to Unicode's NFKC: an o and its dots.
    await field.fill("correct ho\u0308rse")
    await field.press("Enter")
    await expect(content(page)).to_have_text("for two")


async def test_a_long_password_is_taken_whole(stack, page, recorder):
    start = "long " * 60
    link = await write_note(page, recorder, stack.endpoints.gateway, "behind it", password=f"{start}right")
    await page.goto(link)
    for end in ("wrong", "right"):
        await page.get_by_label("Password", exact=True).fill("")
        # What is set by a script is not cut; what is typed or pasted is.
        await page.keyboard.insert_text(start + end)
        await page.keyboard.press("Enter")
        if end == "wrong":
            await expect(page.get_by_text("This is not the password")).to_be_visible()
    await expect(content(page)).to_have_text("behind it")


async def test_a_note_is_printed_whole(stack, page, recorder):
    lines = "line\n" * 4000
    await open_note(page, await write_note(page, recorder, stack.endpoints.gateway, lines))
    await expect(content(page)).to_be_visible()
    hidden = "({ scrollHeight, clientHeight }) => scrollHeight - clientHeight"
    assert await content(page).evaluate(hidden) > 0
    await page.emulate_media(media="print")
    assert await content(page).evaluate(hidden) == 0


async def test_a_note_with_every_option(stack, page, recorder, api):
    recorder.secrets.append("with options")
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("with options")
    await page.get_by_role("button", name="Options").click()
    await page.get_by_role("button", name="Make one up").click()
    password = await page.get_by_label("Password", exact=True).input_value()
    recorder.secrets.append(password)
    assert len(password) == 19
    await page.get_by_label("Gone after").select_option("1 hour")
    await page.get_by_label("Can be opened").select_option("several times …")
    await page.get_by_label("How many times").fill("2")
    await page.get_by_label("Name in the link").fill("ab")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_text("At least 3 letters")).to_be_visible()
    await inspect(page)
    await page.get_by_label("Name in the link").fill(name := f"mine-{uuid4().hex}")
    await expect(page.get_by_text("Opens 2 times · gone in an hour · with a password")).to_be_visible()
    link = await make_link(page, recorder)
    assert slug_of(link.partition("#")[0]) == name
    meta = (await api.get(f"/api/v1/note/{name}/meta")).json
    assert (meta["has_password"], meta["views_left"]) == (True, 2)
    for said in ("The server has forgotten your view", "The server has forgotten it"):
        await open_note(page, link)
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Open it now").click()
        await expect(content(page)).to_have_text("with options")
        await page.get_by_role("button", name="I have it").click()
        await expect(page.get_by_text(said)).to_be_visible()
        await page.goto("about:blank")
    await page.goto(link)
    await expect(page.get_by_role("heading", name="This note was already read")).to_be_visible()


async def test_a_note_is_saved_as_a_file(stack, page, recorder):
    text = "\ufefffirst\nsecond\x00 \n"
    link = await write_note(page, recorder, stack.endpoints.gateway, text)
    await open_note(page, link)
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Save as a file").click()
    saved = await saving.value
    assert saved.suggested_filename == "note.txt"
    assert Path(await saved.path()).read_bytes() == text.encode()


async def test_what_is_written_stays_while_one_looks_elsewhere(stack, page):
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("half a sen")
    await page.get_by_role("link", name="How it works").click()
    await expect(page.get_by_role("heading", name="How it works")).to_be_focused()
    await page.go_back()
    await expect(page.get_by_label("Your note")).to_have_value("half a sen")
    await page.reload()
    await expect(page.get_by_label("Your note")).to_have_value("")


async def test_an_empty_note_and_one_that_is_too_long_are_not_sent(stack, page, recorder):
    await page.goto(stack.endpoints.gateway)
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_have_text("Write something first.")
    await expect(page.get_by_label("Your note")).to_be_focused()
    await inspect(page)
    await page.get_by_label("Your note").fill("x" * (512 * 1024 + 4))
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("This is too long")
    await alert.evaluate(
        "(element) => new MutationObserver(() => { globalThis.read = true })"
        ".observe(element, { characterData: true, childList: true, subtree: true })"
    )
    await page.get_by_label("Your note").fill("x" * (512 * 1024 + 3))
    await expect(page.get_by_text("It is up to 3 characters too long.")).to_be_visible()
    # Not read out again with every key.
    assert await page.evaluate("globalThis.read") is None
    await page.get_by_role("button", name="Make the link").click()
    assert await page.get_by_label("Your note").evaluate("({ value }) => value.length") == 512 * 1024 + 3
    assert "POST /api/v1/note" not in recorder.paths()
