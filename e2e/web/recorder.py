"""Listens to all pages of a test: what they say, what they violate, what they send, what they keep."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from .encodings import spellings

# A violation shows on the console too, but for policies that only report and for what a worker does.
VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`violation of ${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`))
"""
KEPT = """async () => {
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, window.name]
  kept.push(JSON.stringify(history.state))
  for (const { name } of await indexedDB.databases()) kept.push(`a database: ${name}`)
  for (const name of isSecureContext ? await caches.keys() : []) kept.push(`a cache: ${name}`)
  const workers = await navigator.serviceWorker?.getRegistrations()
  kept.push(...(workers ?? []).map(({ scope }) => `a worker: ${scope}`))
  return kept
}"""
# The browser's own words about answers that are refusals; the page shows them to people.
FAILED = "Failed to load resource: "
# On a host that is no secure context, of a header that all answers have.
UNTRUSTED = (
    "The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy"
)
REFUSED = f"{FAILED}the server responded with a status of "


@dataclass
class Sent:
    """A request as it left the browser, all of it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def __contains__(self, text: str) -> bool:
        return text in self.url or text in json.dumps(self.headers) or text.encode() in self.body


@dataclass
class Recorder:
    """What happened in the contexts of one test. `check` fails unless all of it was as it must be."""

    sent: list[Sent] = field(default_factory=list)
    # No request and no storage may hold them, in any usual encoding: keys, notes, their passwords.
    secrets: list[str] = field(default_factory=list)
    # A test that cuts connections or stops servers says so: the browser tells of each on the console.
    network_fails: bool = False
    _said: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def listen(self, context: BrowserContext) -> None:
        """From now on, to all that this context opens."""
        self._contexts.append(context)
        await context.add_init_script(VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        context.on("request", self._record)

    def urls(self) -> set[str]:
        """Of everything that was asked for so far, without queries."""
        return {request.url.partition("?")[0] for request in self.sent}

    def paths(self) -> list[str]:
        """The same as `METHOD /path`, in order."""
        return [f"{request.method} {urlsplit(request.url).path}" for request in self.sent]

    async def check(self) -> None:
        kept = [text for page in self._pages() for text in await self._kept(page)]
        assert self._said == [], self._said
        for number, secret in enumerate(self.secrets):
            # By its number: a report that shows it is read by others.
            for spelling in spellings(secret):
                told = [request.method for request in self.sent if spelling in request]
                assert told == [], f"secret {number} was sent: {told}"
                assert not any(spelling in text for text in kept), f"secret {number} was kept"

    def _pages(self) -> Iterable[Page]:
        return [page for context in self._contexts for page in context.pages if page.url.startswith("http")]

    @staticmethod
    async def _kept(page: Page) -> list[str]:
        # What was said before this answer has been heard by then.
        kept: list[str] = await page.evaluate(KEPT)
        return kept

    def _hear(self, message: ConsoleMessage) -> None:
        of_api = urlsplit(message.location["url"]).path.startswith("/api/")
        of_document = (
            message.page is not None and message.page.url.partition("#")[0] == message.location["url"]
        )
        if message.text.startswith(f"{REFUSED}4") and (of_api or of_document):
            return
        if message.text.startswith(UNTRUSTED):
            return
        if self.network_fails and message.text.startswith(FAILED):
            return
        self._said.append(f"{message.type}: {message.text}")

    def _hear_error(self, error: WebError) -> None:
        self._said.append(str(error.error))

    def _record(self, request: Request) -> None:
        body = request.post_data_buffer or b""
        self.sent.append(Sent(request.method, request.url, request.headers, body))
