"""Links that are not whole, that lead nowhere, and that others wrote."""

import pytest
from playwright.async_api import expect

from ..conftest import slug_of, soon
from .inspection import inspect
from .notes import content, write_note

pytestmark = pytest.mark.e2e


async def test_a_link_that_is_not_whole_opens_nothing(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "kept whole")
    address, _, key = link.partition("#")
    for broken, heading in (
        (address, "The link is not complete"),
        (link[:-1], "The link was damaged on its way"),
        (f"{address}#{key}A", "The link was damaged on its way"),
    ):
        await page.goto("about:blank")
        await page.goto(broken)
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await inspect(page)
    await page.goto("about:blank")
    await page.goto(f"{address}#{key[1:]}{'A' if key[0] == 'Q' else 'Q'}"[: len(link)])
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("alert")).to_contain_text("The link does not fit this note")
    await inspect(page)
    # In the same tab, where the fragment alone is another.
    await page.goto(link)
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("kept whole")


async def test_a_note_of_the_api_is_read_and_said_to_be_open_to_the_server(stack, page, write):
    path = await write("<i>plain</i>", password="hint")
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
    await expect(page.get_by_text("did not encrypt it in a browser")).to_be_visible()
    await expect(page.get_by_text("its password goes to the server")).to_be_visible()
    await inspect(page)
    for password in ("wrong", "hint"):
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Open it now").click()
        if password == "wrong":
            await expect(page.get_by_text("This is not the password")).to_be_visible()
    await expect(content(page)).to_have_text("<i>plain</i>")


async def test_a_note_without_a_header_under_a_link_with_a_key_is_not_asked_for(stack, page, write, recorder):
    path = await write("planted", password="phished")
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}#{'A' * 43}")
    await expect(page.get_by_role("heading", name="Something is wrong with this note")).to_be_visible()
    await expect(page.get_by_label("Password")).to_have_count(0)
    await inspect(page)
    assert not [path for path in recorder.paths() if path.startswith("POST")]


async def test_what_is_no_ciphertext_is_said_to_be_damaged(stack, page, write):
    path = await write("QUJD" * 20, encryption="AQEA" + "A" * 38, link_proof=None)
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}#{'A' * 43}")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("heading", name="The note cannot be deciphered")).to_be_visible()
    await inspect(page)


async def test_the_header_asks_for_a_password_whatever_the_server_says(stack, page, write):
    path = await write("QUJD" * 20, encryption="AQEB" + "A" * 38)
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}#{'A' * 43}")
    await page.get_by_label("Password", exact=True).fill("pass word")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("heading", name="The note cannot be deciphered")).to_be_visible()


async def test_a_newer_kind_of_encryption_is_left_unopened(stack, page, write):
    path = await write("QUJD", encryption="AgEA" + "A" * 38)
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}#{'A' * 43}")
    await expect(page.get_by_role("heading", name="This note is newer than this page")).to_be_visible()


async def test_notes_with_views_left_and_without_an_end_of_them(stack, page, write):
    several = await write("several", max_views=3)
    kept = await write("kept", keep_before_expiration=True, expires_at=soon())
    for path, said in ((several, "It can be opened 3 more times"), (kept, "any number of times")):
        await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
        await expect(page.get_by_text(said)).to_be_visible()
        await page.get_by_role("button", name="Open it now").click()
        await expect(content(page)).to_be_visible()
    await expect(page.get_by_text("It can be opened until")).to_be_visible()
    await inspect(page)


async def test_a_link_to_nothing_says_so(stack, page):
    await page.goto(f"{stack.endpoints.gateway}/secret/no-such-note")
    await expect(page.get_by_role("heading", name="There is no such note")).to_be_visible()
    await inspect(page)


async def test_an_expired_note_says_so(stack, page, write, database):
    path = await write("late", expires_at=soon())
    await database.execute(
        "UPDATE notes SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' "
        "WHERE slug = $1",
        slug_of(path),
    )
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
    await expect(page.get_by_role("heading", name="This note has expired")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "heading"),
    [("/nowhere", "There is nothing here"), ("/how-it-works", "How it works")],
)
async def test_a_page_that_only_says_something(stack, page, path, heading):
    await page.goto(f"{stack.endpoints.gateway}{path}")
    await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    await inspect(page)
    await page.get_by_label("Language").select_option("Deutsch")
    await expect(page.get_by_role("heading", name=heading, level=1)).to_have_count(0)
    assert await page.evaluate("document.documentElement.lang") == "de"
    await inspect(page)
    await page.reload()
    await expect(page.get_by_label("Sprache")).to_have_value("de")
