"""What goes wrong around the pages: each time they say what happened and what to do."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from .faults import cut, refusing
from .inspection import inspect
from .notes import loaded, open_note, write_note
from .people import fill_sign_in

pytestmark = pytest.mark.e2e


async def test_offline_nothing_is_sent_and_nothing_lost(stack, page, recorder):
    recorder.secrets.append("in a tunnel")
    await page.goto(stack.endpoints.gateway)
    await page.get_by_label("Your note").fill("in a tunnel")
    await loaded(page)
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("You are offline. Nothing was sent.")
    await expect(page.get_by_label("Your note")).to_have_value("in a tunnel")
    await page.context.set_offline(False)
    await inspect(page)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_visible()


async def test_offline_a_note_stays_unopened(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "later")
    await page.goto(link)
    await expect(page.get_by_role("heading", name="A note is waiting for you")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("alert")).to_contain_text("You are offline")
    await page.context.set_offline(False)
    await inspect(page)
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_text("later")).to_be_visible()


async def test_a_server_that_is_down_loses_nothing(stack, page, recorder):
    recorder.network_fails = True
    recorder.secrets.append("not lost")

    await page.goto(stack.endpoints.gateway)
    await page.route("**/api/**", cut)
    await page.get_by_label("Your note").fill("not lost")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    await inspect(page)
    await expect(page.get_by_label("Your note")).to_have_value("not lost")
    await page.goto(f"{stack.endpoints.gateway}/secret/some-note")
    await expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    await page.unroute("**/api/**")
    await page.get_by_role("button", name="Try again").press("Enter")
    await expect(page.get_by_role("heading", name="There is no such note")).to_be_visible()
    await expect(page.get_by_role("main")).to_be_focused()


async def test_a_service_that_is_away_is_said_with_when_to_come_back(stack, page, recorder):
    recorder.network_fails = True
    await page.goto(stack.endpoints.gateway)
    await page.route("**/api/v1/note", refusing("unavailable", retry_after=5), times=1)
    await page.get_by_label("Your note").fill("x")
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was done. Try again in a moment.")
    # Said once, and then only shown: an alert that held the seconds would be read out with each of them.
    await expect(page.get_by_role("status").filter(has_text="Try again in 5 seconds")).to_be_attached()
    again = page.get_by_role("button", name="Try again")
    await expect(page.get_by_role("alert").get_by_role("button")).to_have_count(0)
    await expect(again).to_be_disabled()
    await expect(again).to_be_enabled(timeout=15_000)
    await again.click()
    await expect(page.get_by_role("heading", name="Your link is ready")).to_be_visible()


async def test_where_nothing_tries_again_the_time_to_wait_is_said(stack, page, recorder):
    recorder.network_fails = True
    await page.goto(f"{stack.endpoints.gateway}/auth")
    await page.route("**/api/v1/session", refusing("overloaded", retry_after=30))
    await fill_sign_in(page, "ada@example.com")
    await expect(page.get_by_role("alert")).to_contain_text("The server has too much to do")
    await expect(page.locator("main").get_by_text(re.compile(r"Try again in \d+ seconds?"))).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="Try again in 30 seconds")).to_be_attached()
    await expect(page.get_by_role("alert")).not_to_contain_text(re.compile(r"Try again in \d"))
    await inspect(page)


async def test_limits_that_are_hit_are_said_with_the_time_to_wait(launch_devstack, monkeypatch, page, api):
    monkeypatch.setenv("GATEWAY_LIMIT_GENERAL", "40/4000")
    endpoints = await asyncio.to_thread(launch_devstack().wait_until_ready)
    await page.goto(endpoints.gateway)
    await page.get_by_label("Your note").fill("one too many")
    await loaded(page)
    while (await api.get(f"{endpoints.gateway}/api/ping")).status != 429:
        pass
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_role("alert")).to_contain_text("That was a lot in a short time. Wait a moment")
    await expect(page.get_by_role("button", name="Try again in")).to_be_disabled()
    await inspect(page)
    await expect(page.get_by_label("Your note")).to_have_value("one too many")


async def test_a_plain_http_host_says_that_nothing_can_be_encrypted(stack, page, recorder):
    there = stack.endpoints.gateway.replace("127.0.0.1", "notes.test")
    for path in ("/", f"/secret/some-note#{'A' * 43}"):
        await page.goto(f"{there}{path}")
        await expect(page.get_by_role("heading", name="This address is not secure enough")).to_be_visible()
        await expect(page.get_by_text("Open the same address with https://")).to_be_visible()
        await inspect(page)
    assert not [path for path in recorder.paths() if "/api/" in path]


async def test_a_part_that_cannot_be_loaded_is_said_and_loaded_again(stack, page, recorder):
    recorder.network_fails = True
    await page.goto(stack.endpoints.gateway)

    await page.route("**/assets/how-it-works*", cut)
    await page.get_by_role("link", name="How it works").click()
    await expect(page.get_by_role("heading", name="This page could not be loaded")).to_be_visible()
    await inspect(page)
    await page.unroute("**/assets/how-it-works*")
    await page.get_by_role("button", name="Load again").click()
    await expect(page.get_by_role("heading", name="How it works", level=1)).to_be_visible()


async def test_a_note_whose_reading_fails_is_not_lost(stack, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "guarded", password="pass word")
    recorder.network_fails = True
    await page.route("**/assets/argon2*", cut)
    await open_note(page, link)
    await page.get_by_label("Password", exact=True).fill("pass word")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was sent.")
    # The note was not asked for yet.
    await expect(page.get_by_text("Whether it was opened is not known")).to_have_count(0)
    await page.unroute("**/assets/argon2*")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_text("guarded")).to_be_visible()
