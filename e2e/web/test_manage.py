"""What a sender sees of a note, as it happens, and what they may do about it."""

import re
import secrets
from collections import Counter

import pytest
from playwright.async_api import expect

from ..conftest import slug_of, soon
from .faults import DAYS, clock_ahead, cut
from .inspection import inspect
from .notes import content, open_note, write_note

pytestmark = pytest.mark.e2e


async def to_manage(page):
    await page.get_by_role("link", name="Its own page").click()
    await expect(page.get_by_role("heading", name="Your note")).to_be_visible()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()


async def test_the_sender_sees_at_once_that_it_was_opened(stack, profile, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "watched")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(page.get_by_text("Not opened yet")).to_be_visible()
    managing = await page.context.new_page()
    await managing.goto(stack.endpoints.gateway)
    await managing.get_by_role("link", name="Sent from here").click()
    await managing.locator("li a").click()
    await expect(managing.get_by_text("Not opened yet")).to_be_visible()
    await expect(managing.get_by_text("Live", exact=True)).to_be_visible()
    await inspect(managing)
    documents = recorder.paths().count("GET /")

    reader = await (await profile()).new_page()
    await open_note(reader, link)
    await expect(content(reader)).to_have_text("watched")
    for sender in (page, managing):
        opened = sender.locator("p", has_text="Opened")
        await expect(opened.filter(has_text=re.compile(r"now|\d+ seconds? ago"))).to_be_visible()
        await expect(sender.get_by_role("status").filter(has_text="Opened")).to_be_attached()
        await expect(sender.get_by_text("Not opened yet")).to_be_hidden()
    assert recorder.paths().count("GET /") == documents
    await inspect(page)
    await inspect(managing)
    # Whoever opened it last may have it once more for a while, until this.
    await end_it(managing)
    await expect(managing.get_by_role("button", name="End it now")).to_have_count(0)


async def end_it(page):
    await page.get_by_role("button", name="End it now").click()
    await page.get_by_role("dialog").get_by_role("button", name="End it now").click()
    await expect(page.locator("p", has_text="Ended by you")).to_be_visible()


async def test_a_note_is_ended_by_its_sender(stack, profile, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "taken back")
    reader = await (await profile()).new_page()
    await reader.goto(link)
    await to_manage(page)
    await page.get_by_role("button", name="End it now").click()
    await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    await inspect(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="End it now")).to_be_focused()
    await page.get_by_role("button", name="End it now").click()
    await page.get_by_role("dialog").get_by_role("button", name="End it now").click()
    await expect(page.get_by_role("status").filter(has_text="The note has ended.")).to_be_attached()
    await expect(page.locator("p", has_text="Ended by you")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await inspect(page)
    await reader.get_by_role("button", name="Open it now").click()
    await expect(reader.get_by_role("heading", name="There is no such note")).to_be_visible()
    await inspect(reader)


async def test_refused_attempts_are_shown(stack, page, recorder, api):
    link = await write_note(page, recorder, stack.endpoints.gateway, "guarded")
    await to_manage(page)
    slug = link.partition("#")[0].rpartition("/")[2]
    body = {"claim": "A" * 22, "link_proof": "A" * 43}
    assert (await api.post(f"/api/v1/note/{slug}/view", body)).json["code"] == "note_proof_wrong"
    await expect(page.get_by_text("Somebody tried without the right link or password")).to_be_visible()
    await inspect(page)


async def test_the_browsers_own_list_and_its_end(stack, page, recorder):
    await page.goto(f"{stack.endpoints.gateway}/notes")
    await expect(page.get_by_text("Nothing yet")).to_be_visible()
    await inspect(page)
    links = [await write_note(page, recorder, stack.endpoints.gateway, f"note {n}") for n in range(3)]
    await page.get_by_role("link", name="Sent from here").first.click()
    slugs = [link.partition("#")[0].rpartition("/")[2] for link in links]
    await expect(page.locator("li a")).to_have_text(slugs[::-1])
    await expect(page.get_by_text("Not opened yet")).to_have_count(3)
    await inspect(page)
    kept = await page.evaluate("Object.keys(localStorage)")
    assert kept == ["onasty.notes"]

    heading = page.get_by_role("heading", level=1)
    await page.get_by_role("button", name=f"Forget {slugs[1]}").click()
    dialog = page.get_by_role("dialog", name="Forget this note?")
    await expect(dialog).to_contain_text(slugs[1])
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await inspect(page)
    await dialog.get_by_role("button", name="Forget", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="has forgotten the note")).to_be_visible()
    await expect(heading).to_be_focused()
    await expect(page.locator("li a")).to_have_text([slugs[2], slugs[0]])
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator("main")).to_be_focused()
    await page.get_by_role("button", name="Forget all").click()
    await inspect(page)
    await page.get_by_role("dialog").get_by_role("button", name="Forget all").click()
    await expect(page.get_by_text("Nothing yet")).to_be_visible()
    await expect(heading).to_be_focused()
    assert await page.evaluate("localStorage.length") == 0


async def test_an_address_without_its_token_says_so(stack, page):
    await page.goto(f"{stack.endpoints.gateway}/manage/some-note")
    await expect(page.get_by_role("alert")).to_contain_text("This address has no valid access code")
    await inspect(page)
    await page.goto("about:blank")
    await page.goto(f"{stack.endpoints.gateway}/manage/some-note#{'A' * 43}")
    await expect(page.get_by_role("alert")).to_contain_text("There is no such note")
    await inspect(page)


async def test_a_lost_connection_is_said_and_mended(stack, page, recorder, profile):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "meanwhile")
    await to_manage(page)
    reader = await (await profile()).new_page()
    await page.context.set_offline(True)
    await expect(page.get_by_text("Interrupted, trying again")).to_be_visible(timeout=20_000)
    await open_note(reader, link)
    await expect(content(reader)).to_have_text("meanwhile")
    await page.context.set_offline(False)
    await expect(page.get_by_role("status").filter(has_text="Opened")).to_be_attached()


async def test_what_failed_at_first_is_not_said_once_the_stream_has_come(stack, page, recorder):
    recorder.network_fails = True
    await write_note(page, recorder, stack.endpoints.gateway, "late")
    refuse = ("**/api/v1/note/*/status", "**/api/v1/note/*/events")
    for path in refuse:
        await page.route(path, cut)
    await page.get_by_role("link", name="Its own page").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.unroute(refuse[1])
    await expect(page.get_by_text("Not opened yet")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_note_that_was_opened_and_has_expired_is_not_there(stack, page, api, write, view, database):
    token = secrets.token_urlsafe(32)
    path = await write("kept", keep_before_expiration=True, expires_at=soon(), manage_token=token)
    await page.goto(f"{stack.endpoints.gateway}/manage/{slug_of(path)}#{token}")
    await expect(page.get_by_text("Not opened yet")).to_be_visible()
    assert (await view(path)).status == 200
    await expect(page.locator("p", has_text="Opened, and still there")).to_be_visible()
    await expect(page.get_by_role("button", name="End it now")).to_be_visible()
    await database.execute(
        "UPDATE notes SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour',"
        " erase_at = now() - interval '1 hour' WHERE slug = $1",
        slug_of(path),
    )
    await page.reload()
    await expect(page.locator("p", has_text="Opened; its time is over")).to_be_visible()
    await expect(page.get_by_role("button", name="End it now")).to_have_count(0)
    await expect(page.get_by_text("Live", exact=True)).to_have_count(0)
    await inspect(page)


async def test_a_clock_that_is_wrong_ends_no_note(stack, page, write, view):
    token = secrets.token_urlsafe(32)
    path = await write("kept", keep_before_expiration=True, expires_at=soon(), manage_token=token)
    assert (await view(path)).status == 200
    await page.add_init_script(clock_ahead(40 * DAYS))
    await page.goto(f"{stack.endpoints.gateway}/manage/{slug_of(path)}#{token}")
    await expect(page.locator("p", has_text="Opened, and still there")).to_be_visible()
    await expect(page.get_by_role("button", name="End it now")).to_be_visible()


MANY = """() => {
  const times = { createdAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-08T00:00:00Z' }
  const notes = Array.from({ length: 150 }, (_, n) => ({ slug: `no-${n}`, token: 'A'.repeat(43), ...times }))
  localStorage.setItem('onasty.notes', JSON.stringify(notes))
}"""


async def test_a_long_list_asks_only_for_what_is_seen(stack, page, recorder):
    await page.goto(f"{stack.endpoints.gateway}/notes")
    await page.evaluate(MANY)
    await page.reload()
    rows = page.locator("li")
    await expect(rows.first).to_contain_text("Long gone")
    assert 0 < len([path for path in recorder.paths() if path.endswith("/status")]) < 50
    await rows.last.scroll_into_view_if_needed()
    await expect(rows.last).to_contain_text("Long gone")


async def test_a_list_that_changes_asks_only_for_what_is_new(stack, page, recorder):
    await page.goto(f"{stack.endpoints.gateway}/notes")
    await page.evaluate(MANY)
    await page.reload()
    await expect(page.locator("li").first).to_contain_text("Long gone")
    await page.evaluate("dispatchEvent(new Event('focus'))")
    other = await page.context.new_page()
    await other.goto(f"{stack.endpoints.gateway}/nowhere")
    note = {"slug": "one-more", "token": "A" * 43, "createdAt": soon(), "expiresAt": soon()}
    before = asked(recorder)
    await other.evaluate(ONE_MORE, note)
    await expect(page.locator("li").first).to_contain_text("one-more")
    await expect(page.locator("li").first).to_contain_text("Long gone")
    assert asked(recorder) - before == {"GET /api/v1/note/one-more/status": 1}
    assert max(asked(recorder).values()) == 1


async def test_a_row_that_failed_is_asked_again_once_the_network_is_back(stack, page, recorder):
    recorder.network_fails = True
    await write_note(page, recorder, stack.endpoints.gateway, "asked again")
    await page.route("**/api/v1/note/*/status", cut)
    await page.get_by_role("link", name="Sent from here").click()
    row = page.locator("li")
    await expect(row).to_contain_text("Could not be looked up")
    await page.unroute("**/api/v1/note/*/status")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(row).to_contain_text("Not opened yet")


ONE_MORE = """(note) => {
  const notes = JSON.parse(localStorage.getItem('onasty.notes'))
  localStorage.setItem('onasty.notes', JSON.stringify([note, ...notes]))
}"""


def asked(recorder) -> Counter[str]:
    return Counter(path for path in recorder.paths() if path.endswith("/status"))
