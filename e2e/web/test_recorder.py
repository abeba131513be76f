"""What the other tests of pages rely on: nothing that must not be escapes the recorder or the inspection."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from .inspection import inspect
from .recorder import Recorder

pytestmark = pytest.mark.e2e

SECRET = "four wörds / or so"
QUOTED = "encodeURIComponent('four wörds / or so')"
BASE64 = base64.urlsafe_b64encode(b"and " + SECRET.encode()).decode()


@pytest.fixture
def strict() -> Recorder:
    return Recorder(secrets=[SECRET])


@pytest.fixture
async def watched(stack, chromium, strict) -> AsyncIterator[Page]:
    """A page that nothing else listens to."""
    context = await chromium.new_context()
    await strict.listen(context)
    page = await context.new_page()
    await page.goto(stack.endpoints.gateway)
    await page.get_by_role("heading").wait_for()
    yield page
    await context.close()


async def test_a_page_as_it_is_passes(watched, strict):
    await inspect(watched)
    await strict.check()
    assert "GET /" in strict.paths()


WRONG = {
    "said": "console.info('hello')",
    "thrown": "setTimeout(() => { throw new Error('lost') })",
    "style": "document.body.append(document.createElement('style')); document.body.lastChild.append('p')",
    "markup": "try { document.body.innerHTML = '<p>' } catch {}",
    "elsewhere": "fetch('http://localhost:1').catch(() => 0)",
    "sent": f"fetch('/api/ping?q=' + {QUOTED})",
    "sent in a header": f"fetch('/api/ping', {{headers: {{'Onasty-Manage-Token': {QUOTED}}}}})",
    "sent in a body": f"navigator.sendBeacon('/api/nowhere', 'is {BASE64}')",
    "sent for a worker": f"""
      const policy = trustedTypes.createPolicy('onasty-worker', {{ createScriptURL: (url) => url }})
      new Worker(policy.createScriptURL('/assets/none.js?' + {QUOTED}), {{ type: 'module' }})""",
    "kept": f"localStorage.setItem('draft', '{SECRET}')",
    "kept by the tab": f"sessionStorage.setItem('draft', '{SECRET}')",
    "kept in the history": f"history.replaceState({{draft: '{SECRET}'}}, '')",
}


@pytest.mark.parametrize("script", WRONG.values(), ids=WRONG)
async def test_whatever_must_not_be_is_found(watched, strict, script):
    await watched.evaluate(f"() => {{ {script} }}")
    deadline = time.monotonic() + 10
    while await passes(strict):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def passes(recorder: Recorder) -> bool:
    try:
        await recorder.check()
    except AssertionError:
        return False
    return True


UNUSABLE = {
    "no name": "document.forms[0][0].placeholder = ''; document.forms[0][0].labels[0].remove()",
    "pale": "document.querySelector('.lead').style.color = '#bbb'",
    "pale in the dark": "document.querySelector('.lead').style.color = '#555'",
    "too wide": "document.querySelector('.lead').style.minWidth = '330px'",
}


@pytest.mark.parametrize("script", UNUSABLE.values(), ids=UNUSABLE)
async def test_whatever_cannot_be_used_is_found(watched, script):
    await watched.evaluate(f"() => {{ {script} }}")
    with pytest.raises(AssertionError):
        await inspect(watched)
