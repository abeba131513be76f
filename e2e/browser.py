"""A real Chromium for the tests of pages: this machine's, or one that is installed for them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from .web.recorder import Recorder

Profile = Callable[..., Awaitable[BrowserContext]]

# For what a page shows, on a machine that does much else.
PATIENCE_MS = 20_000
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A host that is not loopback: pages of it over plain http are no secure context.
    "--host-resolver-rules=MAP notes.test 127.0.0.1",
)
OF_DEBIAN = (
    ("apt-get", "update", "-q"),
    ("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"),
)
OF_PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "chromium")
NONE = "There is no Chromium, and none could be installed. Debian: apt install chromium; else set CHROMIUM."


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One for all tests; each takes a context of its own, which is a fresh profile."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        path = await asyncio.to_thread(find_chromium, Path(playwright.chromium.executable_path))
        if path is None:
            pytest.fail(NONE, pytrace=False)
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
def recorder() -> Recorder:
    """Of all pages of the test: no violation, nothing on the console, no secret sent or kept."""
    return Recorder()


@pytest.fixture
async def profile(chromium: Browser, recorder: Recorder) -> AsyncIterator[Profile]:
    """`await profile(**options)`: another browser, with nothing of the others."""
    contexts: list[BrowserContext] = []

    async def profile(**options: Any) -> BrowserContext:
        context = await chromium.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        await recorder.listen(context)
        return context

    yield profile
    try:
        await recorder.check()
    finally:
        for context in contexts:
            await context.close()


@pytest.fixture
async def browser(profile: Profile) -> BrowserContext:
    """A fresh profile."""
    return await profile()


@pytest.fixture
async def page(browser: BrowserContext) -> Page:
    """A page in it."""
    return await browser.new_page()


def find_chromium(own: Path) -> str | None:
    """`CHROMIUM`, the system's, Debian's where it may be installed, or Playwright's, which lies at `own`."""
    given = os.environ.get("CHROMIUM") or _of_system()
    if given is None and not own.exists():
        if os.geteuid() == 0 and shutil.which("apt-get"):
            _try(*OF_DEBIAN)
            given = _of_system()
        if given is None:
            _try(OF_PLAYWRIGHT)
    return given or (str(own) if own.exists() else None)


def _of_system() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _try(*commands: tuple[str, ...]) -> None:
    # What they say is shown by pytest when the tests fail for want of a browser.
    for command in commands:
        subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
