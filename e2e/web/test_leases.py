"""Who read a note may read it again for a minute, in the same tab; nobody else may."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Route, expect

from ..conftest import claim, slug_of, soon
from .faults import cut, lose, refusing
from .inspection import inspect
from .notes import content, open_note, write_note

pytestmark = pytest.mark.e2e

GONE = "This note was already read"


async def test_a_reload_within_the_lease_shows_the_note_again(stack, profile, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "still here")
    await open_note(page, link)
    await expect(content(page)).to_have_text("still here")
    await page.reload()
    await expect(content(page)).to_have_text("still here")

    other = await (await profile()).new_page()
    await other.goto(link)
    await expect(other.get_by_role("heading", name=GONE)).to_be_visible()
    await expect(other.get_by_text("If that was not you, tell whoever sent it")).to_be_visible()


async def test_a_reload_asks_for_the_password_once_more(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "still locked", password="pass word")
    await page.goto(link)
    for heading in ("A note is waiting for you", "You opened this note here"):
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await page.get_by_label("Password", exact=True).fill("pass word")
        await page.get_by_role("button", name="Open it now").click()
        await expect(content(page)).to_have_text("still locked")
        await page.reload()
    await inspect(page)


async def test_after_the_lease_it_is_said_when_it_was_read(stack, page, recorder, database):
    link = await write_note(page, recorder, stack.endpoints.gateway, "too late")
    await open_note(page, link)
    await expect(content(page)).to_have_text("too late")
    await database.execute(
        "UPDATE notes SET leases = ARRAY[now() - interval '1 second'] WHERE slug = $1",
        slug_of(link.partition("#")[0]),
    )
    await page.reload()
    await expect(page.get_by_role("heading", name=GONE)).to_be_visible()
    await expect(page.get_by_text(re.compile(r"It was opened: \d\d:\d\d\."))).to_be_visible()
    await expect(page.get_by_text("It was opened in this tab, so that was you.")).to_be_visible()


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (True, "You opened it in this tab, but it could be opened several times"),
        (False, "It was opened in this tab, so that was you."),
    ],
)
async def test_of_several_views_it_is_said_whose_was_the_last(
    stack, profile, page, write, view, database, first, said
):
    path = await write("for two", max_views=2)
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
    await expect(page.get_by_text("It can be opened 2 more times")).to_be_visible()
    if not first:
        assert (await view(path, claim=claim())).status == 200
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("for two")
    await expect(page.get_by_text("does not count as another view")).to_be_visible()
    if first:
        assert (await view(path, claim=claim())).status == 200
    # Shown again, it is still the same view.
    await page.reload()
    await expect(content(page)).to_have_text("for two")
    await database.execute(
        "UPDATE notes SET leases = array_fill(now() - interval '1 second', ARRAY[2]) WHERE slug = $1",
        slug_of(path),
    )
    await page.reload()
    await expect(page.get_by_role("heading", name=GONE)).to_be_visible()
    await expect(page.get_by_text(said)).to_be_visible()
    await inspect(page)


async def test_a_note_that_its_sender_ended_needs_no_acknowledgement(stack, profile, page, api, user, write):
    sender = user()
    path = await write("taken back", max_views=2, headers=sender)
    await open_note(page, f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
    await expect(content(page)).to_have_text("taken back")
    assert (await api.call("DELETE", path, headers=sender)).status == 204
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("The server has forgotten it")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(content(page)).to_have_text("taken back")


async def test_a_kept_note_asks_for_its_password_and_holds_no_lease(stack, page, write):
    path = await write("kept", password="pass word", keep_before_expiration=True, expires_at=soon())
    await page.goto(f"{stack.endpoints.gateway}/secret/{slug_of(path)}")
    await page.get_by_label("Password", exact=True).fill("pass word")
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("kept")
    await page.reload()
    await expect(page.get_by_role("heading", name="You opened this note here")).to_be_visible()
    lead = page.get_by_text("any number of times until its time is over. Enter the password once more")
    await expect(lead).to_be_visible()
    await expect(page.get_by_text("for a minute")).to_have_count(0)
    await inspect(page)


async def test_an_answer_that_was_lost_is_asked_for_again(stack, page, recorder):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "not lost")
    await page.route("**/view", lose, times=1)
    await open_note(page, link)
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    await expect(page.get_by_text("Whether it was opened is not known")).to_be_visible()
    await inspect(page)
    # Perhaps nothing was: a reload, or a tab that is restored, must not open it.
    await page.reload()
    await expect(page.get_by_text("Whether it was opened is not known")).to_be_visible()
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("not lost")


async def test_a_stranger_who_was_first_is_not_taken_for_oneself(stack, profile, page, recorder):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "intercepted")

    await page.route("**/view", cut, times=1)
    await open_note(page, link)
    await expect(page.get_by_text("Whether it was opened is not known")).to_be_visible()
    stranger = await (await profile()).new_page()
    await open_note(stranger, link)
    await expect(content(stranger)).to_have_text("intercepted")

    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("heading", name=GONE)).to_be_visible()
    await expect(page.get_by_text("If that was not you, tell whoever sent it")).to_be_visible()
    await expect(page.get_by_text("It was opened in this tab")).to_have_count(0)


@pytest.mark.parametrize("code", ["overloaded", "too_many_requests"])
async def test_a_reload_after_a_refusal_opens_nothing(stack, page, recorder, code):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "not yet")

    await page.route("**/view", refusing(code), times=1)
    await open_note(page, link)
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_text("Whether it was opened is not known")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("So far nothing was opened")).to_be_visible()
    await expect(content(page)).to_have_count(0)
    assert len([path for path in recorder.paths() if path.endswith("/view")]) == 1


async def test_a_connection_that_drops_after_the_request_loses_nothing(stack, page, recorder):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "out of a tunnel")

    async def drop(route: Route) -> None:
        await route.fetch()  # the server has answered
        await page.context.set_offline(True)
        await route.abort()

    await page.route("**/view", drop, times=1)
    await open_note(page, link)
    await expect(page.get_by_text("Whether it was opened is not known")).to_be_visible()
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("out of a tunnel")


async def test_a_clock_that_is_wrong_ends_nothing_early(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "an hour ahead")
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(hours=1))
    await open_note(page, link)
    await expect(page.get_by_text("you can load this page again")).to_be_visible()
    await expect(page.get_by_role("button", name="I have it")).to_be_visible()
    await page.reload()
    await expect(content(page)).to_have_text("an hour ahead")


REFUSED = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no') } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError') }"


@pytest.mark.parametrize("storage", [REFUSED, FULL], ids=["refused", "full"])
async def test_a_browser_that_stores_nothing_reads_the_note_all_the_same(stack, page, recorder, storage):
    recorder.network_fails = True
    link = await write_note(page, recorder, stack.endpoints.gateway, "for one page")
    await page.route("**/view", lose, times=1)
    await page.add_init_script(storage)
    await open_note(page, link)
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("for one page")
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("The server has forgotten it")).to_be_visible()
    # So that the fixture can look at what is kept.
    await page.goto("about:blank")


async def test_a_lost_answer_to_a_create_makes_one_note(stack, page, recorder, database):
    recorder.network_fails = True
    recorder.secrets.append("written once")
    await page.goto(stack.endpoints.gateway)
    await page.route("**/api/v1/note", lose, times=1)
    before = await database.fetchval("SELECT count(*) FROM notes")
    await page.get_by_label("Your note").fill("written once")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing you wrote is lost here")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_visible()
    assert await database.fetchval("SELECT count(*) FROM notes") == before + 1


async def test_of_two_who_press_at_the_same_time_one_reads(stack, profile, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "for one")
    other = await (await profile()).new_page()
    for reader in (page, other):
        await reader.goto(link)
        await expect(reader.get_by_role("heading", name="A note is waiting for you")).to_be_visible()
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_have_text("for one")
    await other.get_by_role("button", name="Open it now").click()
    await expect(other.get_by_role("heading", name=GONE)).to_be_visible()
