"""All that a browser sends through a walk over the pages, byte by byte as it leaves, holds no secret."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from playwright.async_api import expect
from yarl import URL

from ..conftest import slug_of
from .encodings import spellings
from .notes import content, open_note, write_note

pytestmark = pytest.mark.e2e


@dataclass
class Wire:
    """A gateway behind a wire that keeps what browsers send: of workers, beacons and prefetches as well.

    Each connection by itself: pieces of others in between would hide what was cut.
    """

    url: str = ""
    sent: list[bytearray] = field(default_factory=list)


@pytest.fixture
async def wire(stack) -> AsyncIterator[Wire]:
    gateway = URL(stack.endpoints.gateway)
    wire = Wire()

    async def carry(reader, writer, sent: bytearray | None) -> None:
        try:
            while piece := await reader.read(65536):
                if sent is not None:
                    sent += piece
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def connect(reader, writer) -> None:
        there = await asyncio.open_connection(gateway.host, gateway.port)
        sent = bytearray()
        wire.sent.append(sent)
        await asyncio.gather(carry(reader, there[1], sent), carry(there[0], writer, None))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield wire
    server.close()


async def test_no_byte_of_a_key_a_password_or_a_note_leaves_the_browser(wire, browser, page, recorder, stack):
    text, password, wrong = (f"{kind} {uuid4().hex} ünd so" for kind in ("a note", "a password", "a guess"))
    recorder.secrets.append(wrong)
    link = await write_note(page, recorder, wire.url, text, password=password)
    await page.get_by_role("button", name="QR code").click()
    await expect(page.get_by_role("img")).to_be_visible()
    await page.get_by_role("link", name="Its own page").click()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()

    reader = await browser.new_page()
    await reader.goto(link)
    for attempt in (wrong, password):
        await reader.get_by_label("Password", exact=True).fill(attempt)
        await reader.get_by_role("button", name="Open it now").click()
        if attempt == wrong:
            await expect(reader.get_by_text("This is not the password")).to_be_visible()
    await expect(content(reader)).to_have_text(text)
    await reader.reload()
    await reader.get_by_label("Password", exact=True).fill(password)
    await reader.get_by_role("button", name="Open it now").click()
    await expect(content(reader)).to_have_text(text)
    await reader.get_by_role("button", name="I have it").click()
    await expect(reader.get_by_text("The server has forgotten it")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="Opened")).to_be_attached()
    for path in ("/notes", "/how-it-works", "/nowhere", "/"):
        await reader.goto(f"{wire.url}{path}")
        await expect(reader.get_by_role("heading", level=1)).to_be_visible()

    for request in (b"POST /api/v1/note HTTP/1.1", b"/ack HTTP/1.1"):
        assert any(request in sent for sent in wire.sent)
    assert {password, wrong} <= set(recorder.secrets)
    for number, secret in enumerate(recorder.secrets):
        found = (spelling.encode() in sent for spelling in spellings(secret) for sent in wire.sent)
        assert not any(found), f"the secret number {number}"


async def test_an_operator_who_reads_everything_reads_no_note(stack, page, recorder, database):
    text = f"a note {uuid4().hex}"
    link = await write_note(page, recorder, stack.endpoints.gateway, text)
    row = await database.fetchrow(
        "SELECT notes::text AS text FROM notes WHERE slug = $1", link.partition("#")[0].rpartition("/")[2]
    )
    for secret in recorder.secrets:
        assert not [spelling for spelling in spellings(secret) if spelling in row["text"]]


async def test_the_address_bar_alone_keeps_the_key(stack, page, recorder):
    """And the page leaves no trace of it behind: no cookie, no storage, no referrer."""
    link = await write_note(page, recorder, stack.endpoints.gateway, "kept nowhere")
    await open_note(page, link)
    await expect(content(page)).to_be_visible()
    kept = await page.evaluate("({ ...localStorage, ...sessionStorage })")
    assert {key.split(".")[1] for key in kept} == {"notes", "claim"}
    assert await page.context.cookies() == []
    await page.get_by_role("link", name="Write a note of your own").click()
    await expect(page.get_by_label("Your note")).to_have_value("")
    assert await page.evaluate("document.referrer") == ""


async def test_the_key_of_a_note_that_is_over_leaves_the_address(stack, profile, page, recorder):
    link = await write_note(page, recorder, stack.endpoints.gateway, "read to its end")
    address = link.partition("#")[0]
    late = await (await profile()).new_page()
    await late.goto(link)
    await open_note(page, link)
    await expect(content(page)).to_be_visible()
    await expect(page).to_have_url(link)
    await page.get_by_role("button", name="I have it").click()
    await expect(page).to_have_url(address)
    await expect(content(page)).to_have_text("read to its end")
    await late.get_by_role("button", name="Open it now").click()
    await expect(late.get_by_role("heading", name="This note was already read")).to_be_visible()
    await expect(late).to_have_url(address)


async def test_the_key_of_a_lease_that_is_over_leaves_the_address(stack, page, recorder, database):
    link = await write_note(page, recorder, stack.endpoints.gateway, "a minute", password="pass word")
    address = link.partition("#")[0]
    await page.clock.install()
    await page.goto(link)
    await page.get_by_label("Password", exact=True).fill("pass word")
    await page.get_by_role("button", name="Open it now").click()
    await expect(content(page)).to_be_visible()
    await page.clock.fast_forward("01:05")
    await expect(page).to_have_url(address)
    await expect(page.get_by_text("The server has forgotten it")).to_be_visible()
    await database.execute(
        "UPDATE notes SET leases = ARRAY[now() - interval '1 second'] WHERE slug = $1", slug_of(address)
    )
    # Neither the key nor the password is needed to say whose view it was.
    await page.reload()
    await expect(page.get_by_text("It was opened in this tab, so that was you.")).to_be_visible()


async def test_the_key_stays_while_others_may_open_the_note(stack, page, write):
    path = await write("for two", max_views=2)
    link = f"{stack.endpoints.gateway}/secret/{slug_of(path)}#"
    await open_note(page, link)
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("Others may still open theirs")).to_be_visible()
    await expect(page).to_have_url(link)
