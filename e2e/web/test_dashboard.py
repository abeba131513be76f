"""One's own notes on a page: live, in pages, changed and deleted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Route, expect

from ..conftest import soon
from .faults import DAYS, clock_ahead, refusing
from .inspection import inspect
from .people import note, signed_in, titled

pytestmark = pytest.mark.e2e
NEXT = "**/api/v1/note**after*"


async def test_notes_come_are_read_and_go_without_a_reload(stack, api, page, account, write, view):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await expect(page.get_by_role("heading", name="No notes yet")).to_be_visible()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await inspect(page)

    path = await write("the tea is at five", headers=ada.headers)
    row = note(page, path.rpartition("/")[2])
    await expect(row).to_contain_text("Not opened yet")
    await inspect(page)
    assert (await view(path)).status == 200
    await expect(row).to_contain_text("Opened")
    await expect(page.get_by_role("status").get_by_text("was opened just now")).to_be_attached()

    await page.get_by_role("button", name="Unopened", exact=True).click()
    await expect(page.get_by_role("heading", name="None waits to be opened")).to_be_visible()
    await inspect(page)
    await page.get_by_role("button", name="Opened", exact=True).click()
    await expect(row).to_be_visible()
    await row.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete this note?")
    await expect(dialog).to_be_visible()
    await inspect(page)
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(row.get_by_role("button", name="Delete")).to_be_focused()
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)
    await expect(page.get_by_text("is deleted.")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert (await api.get("/api/v1/note", headers=ada.headers)).json == []


async def test_the_end_is_chosen_by_the_clock_of_the_browser(stack, api, profile, account, write):
    ada = await account()
    path = await write("until later", headers=ada.headers)
    for zone, ahead in (("Asia/Kathmandu", timedelta(hours=5, minutes=45)), ("UTC", timedelta())):
        page = await (await profile(timezone_id=zone)).new_page()
        await signed_in(page, stack.endpoints.gateway, ada.email)
        row = note(page, path.rpartition("/")[2])
        await row.get_by_role("button", name="Change").click()
        ends = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=2)
        field = row.get_by_label("Gone at")
        await expect(field).not_to_have_value("")
        await field.fill((ends - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M"))
        await save(row)
        await expect(row.get_by_text("Choose a whole date and time that is still to come.")).to_be_visible()
        await inspect(page)
        await field.fill((ends + ahead).strftime("%Y-%m-%dT%H:%M"))
        await save(row)
        await expect(page.get_by_text("The note ends on")).to_be_visible()
        meta = (await api.get(f"{path}/meta")).json
        assert datetime.fromisoformat(meta["expires_at"]) == ends


async def test_a_note_gets_other_words_and_a_password_and_loses_it(stack, api, page, account, write, view):
    ada = await account()
    path = await write("first words", headers=ada.headers)
    await signed_in(page, stack.endpoints.gateway, ada.email)
    row = note(page, path.rpartition("/")[2])
    await row.get_by_role("button", name="Change").click()
    await row.get_by_label("What it says").fill("other words")
    await save(row, 1)
    await expect(page.get_by_text("The note says this now.")).to_be_visible()
    await row.get_by_role("button", name="Set the password").click()
    await expect(row.get_by_text("Type one, or have one made up.")).to_be_visible()
    await row.get_by_label("Password", exact=True).fill("tea at five")
    await row.get_by_role("button", name="Set the password").click()
    await expect(row.get_by_text("Needs a password")).to_be_visible()
    await inspect(page)
    assert (await view(path)).json["code"] == "note_password_wrong"
    await row.get_by_role("button", name="Remove the password").click()
    await expect(row.get_by_text("Needs a password")).to_have_count(0)
    await expect(row.get_by_label("Password", exact=True)).to_be_focused()
    assert (await view(path)).json["content"] == "other words"
    # It was read meanwhile: nothing is left to be changed.
    await expect(row.get_by_role("button", name="Change")).to_have_count(0)


async def test_a_long_list_comes_in_pages(stack, page, recorder, account, write):
    ada = await account()
    await asyncio.gather(*(write(str(count), headers=ada.headers) for count in range(101)))
    await signed_in(page, stack.endpoints.gateway, ada.email)
    notes, heading = page.get_by_role("article"), page.get_by_role("heading", level=1)
    more, again = (page.get_by_role("button", name=name) for name in ("Show more", "Try again"))
    await expect(notes).to_have_count(50)
    recorder.network_fails = True
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()

    async def hold(route: Route) -> None:
        held.set_result(route)

    await page.route(NEXT, hold)
    await more.click()
    route = await held
    await notes.first.get_by_role("button", name="Change").click()
    field = notes.first.get_by_label("What it says")
    await field.focus()
    await route.abort()
    # Who went on meanwhile is not called back.
    await expect(again).to_be_visible()
    await expect(field).to_be_focused()
    await page.unroute(NEXT)
    await again.press("Enter")
    # The page that could not be had, after those that are there.
    await expect(notes).to_have_count(100)
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(heading).to_be_focused()
    await more.press("Enter")
    await expect(notes).to_have_count(101)
    await expect(more).to_have_count(0)
    # The button is gone: on with what it brought.
    assert await notes.last.evaluate("(row) => row.contains(document.activeElement)")

    await page.get_by_role("button", name="Unopened", exact=True).click()
    await page.route(NEXT, refusing("unavailable", retry_after=60))
    await more.press("Enter")
    await expect(again).to_be_focused()
    await expect(again).to_be_disabled()
    await page.keyboard.press("Enter")
    # Had it tried again, the heading had the focus.
    await expect(again).to_be_focused()
    await inspect(page)


async def test_an_expired_note_is_told_apart(stack, page, account, write, database):
    ada = await account()
    slug = (await write("too late", headers=ada.headers)).rpartition("/")[2]
    await database.execute(
        "UPDATE notes SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'"
        " WHERE slug = $1",
        slug,
    )
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.get_by_role("button", name="Expired").click()
    await expect(note(page, slug)).to_contain_text("Expired unopened")
    await inspect(page)


async def test_a_clock_that_is_wrong_expires_no_note(stack, page, account, write):
    ada = await account()
    row = note(page, (await write("in time", expires_at=soon(), headers=ada.headers)).rpartition("/")[2])
    await page.add_init_script(clock_ahead(40 * DAYS))
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await expect(row).to_contain_text("Not opened yet")
    await page.get_by_role("button", name="Unopened", exact=True).click()
    await expect(row.get_by_role("button", name="Change")).to_be_visible()


async def test_who_is_not_signed_in_is_asked_to(stack, page, account):
    ada = await account()
    for path, title in (("/dashboard", "My notes"), ("/profile", "Profile")):
        await page.goto(f"{stack.endpoints.gateway}{path}")
        await titled(page, title)
        await expect(page.get_by_text("Sign in to see it.")).to_be_visible()
        await inspect(page)
    await page.get_by_label("E-mail address").fill(ada.email)
    await page.get_by_label("Password", exact=True).fill("correct horse battery")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(ada.email).first).to_be_visible()


async def save(row, which: int = 0) -> None:
    await row.get_by_role("button", name="Save").nth(which).click()
