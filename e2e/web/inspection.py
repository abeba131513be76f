"""Whether a page can be used by everybody: axe, both themes, and a window as narrow as 320 px."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import CDPSession, Page

NARROW = {"width": 320, "height": 640}  # 1280 px at 400 %
# Findings that need no person to judge them.
RUN = """axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`))"""


async def inspect(page: Page) -> None:
    """Fails on any finding of axe in the page as it is now, light or dark, and on a scroll to the side."""
    wide = page.viewport_size
    session = await page.context.new_cdp_session(page)
    world = await _world(session)
    await _run(session, world, AXE_SCRIPT)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate(STILL)
        found = await _run(session, world, RUN)
        assert found == [], (scheme, found)
    await page.emulate_media(color_scheme="null")
    await page.set_viewport_size(NARROW)
    await page.wait_for_function("innerWidth === 320")
    beyond = await page.evaluate(BEYOND)
    if wide is not None:
        await page.set_viewport_size(wide)
    await session.detach()
    assert beyond == [], f"wider than 320 px: {beyond}"


# A colour on its way from one theme to the other is neither's.
STILL = """() => Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
  .map((animation) => animation.finished.catch(() => undefined)))"""
BEYOND = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .map((element) => element.outerHTML.slice(0, 120))"""


async def _world(session: CDPSession) -> int:
    """A world of its own on the page: what axe brings touches neither the page nor its policy."""
    tree = await session.send("Page.getFrameTree")
    frame = tree["frameTree"]["frame"]["id"]
    made = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
    return int(made["executionContextId"])


async def _run(session: CDPSession, world: int, script: str) -> object:
    told = await session.send(
        "Runtime.evaluate",
        {"expression": script, "contextId": world, "awaitPromise": True, "returnByValue": True},
    )
    assert "exceptionDetails" not in told, told["exceptionDetails"]
    return told["result"].get("value")
