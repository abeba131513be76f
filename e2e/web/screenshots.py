"""`./task web:screenshots`: every page and main state, light and dark, at 360 and at 1440 px."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from e2e.letters import PASSWORD

from ..conftest import slug_of
from .faults import cut, lose, refusing
from .inspection import STILL
from .notes import content, loaded, make_link, open_note, write_note
from .people import fill_sign_in, letter_link, note, sheet, signed_in, titled

pytestmark = pytest.mark.e2e
FOLDER = Path(os.environ.get("SCREENSHOTS", ".onasty/screenshots"))
WIDTHS = (360, 1440)


@pytest.fixture
def shoot():
    """`await shoot(page, name)`: its four pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)

    async def shoot(page: Page, name: str) -> None:
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await page.evaluate(STILL)
                await page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)

    return shoot


async def test_notes(stack, page, recorder, shoot):
    gateway = stack.endpoints.gateway
    await page.goto(gateway)
    await shoot(page, "home")
    await page.get_by_label("Your note").fill("The code of the door is 4711.\nPlease water the plants.")
    await page.get_by_role("button", name="Options").click()
    await page.get_by_label("Password", exact=True).fill("tea at five")
    await shoot(page, "home-options")
    link = await make_link(page, recorder)
    await page.get_by_role("button", name="QR code").click()
    await expect(page.get_by_role("img", name="The link as a QR code")).to_be_visible()
    await shoot(page, "sent")
    await page.goto(f"{gateway}/notes")
    await titled(page, "Sent from here")
    await shoot(page, "sent-list")
    await page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
    await titled(page, "Your note")
    await shoot(page, "manage")
    await page.goto(link)
    await titled(page, "A note is waiting for you")
    await shoot(page, "waiting-password")
    await page.get_by_label("Password", exact=True).fill("no")
    await page.get_by_role("button", name="Open it now").click()
    await expect(page.get_by_text("This is not the password.")).to_be_visible()
    await shoot(page, "password-wrong")
    await page.goto(link.partition("#")[0])
    await titled(page, "The link is not complete")
    await shoot(page, "link-cut")
    plain = await write_note(page, recorder, gateway, "The code of the door is 4711.\n" * 3)
    await open_note(page, plain)
    await titled(page, "The note")
    await shoot(page, "read")
    await page.goto("about:blank")
    await page.goto(plain)
    await page.wait_for_load_state("networkidle")
    await shoot(page, "read-again")
    for name, path in (
        ("missing", "/nowhere"),
        ("how", "/how-it-works"),
        ("unknown", "/secret/nobody-has-it"),
    ):
        await page.goto(f"{gateway}{path}")
        await page.wait_for_load_state("networkidle")
        await shoot(page, name)


async def test_accounts(stack, page, shoot, mailbox, account):
    gateway = stack.endpoints.gateway
    email = f"{uuid4().hex}@example.com"
    for name in ("sign-in", "sign-up", "forgot"):
        await page.goto("about:blank")
        await page.goto(f"{gateway}/auth#{name}")
        await page.wait_for_load_state("networkidle")
        await shoot(page, f"auth-{name}")
    await page.goto("about:blank")
    await page.goto(f"{gateway}/auth#sign-up")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_role("button", name="Make an account").click()
    await expect(page.get_by_text("Too short")).to_be_visible()
    await shoot(page, "auth-flaws")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Make an account").click()
    await titled(page, "Look into your mailbox")
    await shoot(page, "auth-letter")
    await page.goto(f"{gateway}/auth")
    await fill_sign_in(page, email)
    await expect(page.get_by_text("Your address is not confirmed yet.")).to_be_visible()
    await shoot(page, "auth-unconfirmed")
    await page.goto(await letter_link(mailbox, email))
    await titled(page, "Confirm your address")
    await shoot(page, "verify")
    await page.get_by_role("button", name="Confirm").click()
    await titled(page, "Your address is confirmed")
    await shoot(page, "verified")
    for name, token in (("reset", "A" * 43), ("change-email", "A" * 43), ("verify-cut", "")):
        await page.goto(f"{gateway}/{name.partition('-cut')[0]}#{token}")
        await page.wait_for_load_state("networkidle")
        await shoot(page, name)
    await page.goto(f"{gateway}/oauth/callback")
    await titled(page, "Nothing came back")
    await shoot(page, "oauth-nothing")


async def test_own_notes_and_profile(stack, page, shoot, account, write, view, api):
    gateway = stack.endpoints.gateway
    ada = await account()
    await page.goto(f"{gateway}/dashboard")
    await titled(page, "My notes")
    await shoot(page, "dashboard-signed-out")
    await signed_in(page, gateway, ada.email)
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await shoot(page, "dashboard-empty")
    wishes = ({}, {"password": "tea"}, {"max_views": 3}, {})
    paths = [await write("some words", headers=ada.headers, **each) for each in wishes]
    await asyncio.gather(view(paths[2]), view(paths[3]))
    await page.reload()
    await note(page, paths[0].rpartition("/")[2]).get_by_role("button", name="Change").click()
    await shoot(page, "dashboard")
    await note(page, paths[0].rpartition("/")[2]).get_by_role("button", name="Delete").click()
    await shoot(page, "dashboard-delete")
    await page.goto(gateway)
    await page.get_by_label("Your note").fill("For somebody.")
    await page.get_by_role("button", name="Options").click()
    await shoot(page, "home-signed-in")
    await page.goto(f"{gateway}/profile")
    await expect(sheet(page, "Where you are signed in").get_by_text("This browser")).to_be_visible()
    await page.get_by_role("button", name="Delete the account").click()
    await shoot(page, "profile")
    await page.get_by_role("button", name="Sign out everywhere").click()
    await shoot(page, "profile-everywhere")
    await api.post("/api/v1/auth/logout/all", {}, headers=ada.headers)
    await page.reload()
    await expect(page.get_by_text("Your session has ended.").first).to_be_visible()
    await shoot(page, "session-ended")


async def test_troubles(stack, page, recorder, shoot):
    recorder.network_fails = True
    gateway = stack.endpoints.gateway
    await page.goto(gateway.replace("127.0.0.1", "notes.test"))
    await titled(page, "This address is not secure enough")
    await shoot(page, "insecure")
    await page.goto(gateway)
    await page.get_by_label("Your note").fill("Written in a tunnel.")
    await loaded(page)
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Make the link").click()
    await expect(page.get_by_text("You are offline. Nothing was sent.")).to_be_visible()
    await shoot(page, "offline")
    await page.context.set_offline(False)
    await page.route("**/api/v1/note", refusing("too_many_requests", 429, retry_after=300))
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("That was a lot in a short time.")).to_be_visible()
    await shoot(page, "limit")
    await page.route("**/assets/how-it-works*", cut)
    await page.get_by_role("link", name="How it works").click()
    await titled(page, "This page could not be loaded")
    await shoot(page, "part-missing")
    await page.route("**/api/**", cut)
    await page.goto(f"{gateway}/secret/some-note#{'A' * 43}")
    await expect(page.get_by_text("The server does not answer")).to_be_visible()
    await shoot(page, "server-down")


async def test_ends(stack, page, recorder, shoot, write, database):
    recorder.network_fails = True
    gateway = stack.endpoints.gateway
    link = await write_note(page, recorder, gateway, "Whose answer was lost.")
    await page.route("**/view", lose, times=1)
    await open_note(page, link)
    await expect(page.get_by_text("Whether it was opened is not known")).to_be_visible()
    await shoot(page, "answer-lost")
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_be_visible()
    slug = slug_of(link.partition("#")[0])
    await database.execute("UPDATE notes SET leases = ARRAY[now() - interval '1 s'] WHERE slug = $1", slug)
    await page.reload()
    await titled(page, "This note was already read")
    await shoot(page, "gone")
    several, over = [slug_of(await write("of a script", max_views=3)) for _ in range(2)]
    await page.goto(f"{gateway}/secret/{several}")
    await titled(page, "A note is waiting for you")
    await shoot(page, "waiting-several")
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_be_visible()
    await shoot(page, "read-several")
    await database.execute("UPDATE notes SET expires_at = now() WHERE slug = $1", over)
    await page.goto(f"{gateway}/secret/{over}")
    await titled(page, "This note has expired")
    await shoot(page, "expired")


async def test_dialogs(stack, page, shoot, account, api):
    ada = await account()
    await signed_in(page, stack.endpoints.gateway, ada.email)
    await page.get_by_role("link", name="Onasty, write a note").click()
    await page.get_by_label("Your note").fill("Half a sentence.")
    await page.get_by_role("link", name="Profile", exact=True).click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("dialog", name="Sign out now?")).to_be_visible()
    await shoot(page, "dialog-sign-out")
    await page.keyboard.press("Escape")
    await api.post("/api/v1/auth/logout/all", {}, headers=ada.headers)
    await page.reload()
    await page.get_by_role("button", name="Sign in again").first.click()
    await expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    await shoot(page, "dialog-sign-in")


async def test_elsewhere(elsewhere, page, shoot):
    _, public = elsewhere
    await page.goto(f"{public}/auth")
    await expect(page.get_by_role("link", name="Go on with Google")).to_be_visible()
    await shoot(page, "auth-providers")
