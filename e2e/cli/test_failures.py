"""Whatever goes wrong: one clear line, a number of its own, and nothing burned that need not be."""

import asyncio
import ssl
import time

import pytest
import trustme
from aiohttp import web

from .conftest import SCRIPT, WITHIN, is_one_line, slug_of

pytestmark = pytest.mark.e2e
SOMEWHERE = "https://notes.example.com/secret/Jx2mVfrXyGg6JqPZ0n0o8w"
KEY = "A" * 43


async def test_a_note_that_expired(onasty, api):
    link = await onasty.send(b"secret", "--expires", "1s")
    slug = slug_of(link)
    deadline = time.monotonic() + WITHIN
    while (await api.get(f"/api/v1/note/{slug}/meta")).status != 410:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    read = await onasty.run("read", link)
    assert (read.code, read.out, read.err) == (5, b"", "onasty: This note's time is over.\n")


async def test_no_such_note(onasty):
    read = await onasty.run("read", f"{onasty.server}/secret/never-heard-of#{KEY}")
    assert read.code == 6
    assert is_one_line(read.err)


async def test_a_server_that_is_down(alone, unused_tcp_port):
    alone.server = f"http://127.0.0.1:{unused_tcp_port}"
    for arguments in (["send"], ["read", f"{alone.server}/secret/any#{KEY}"]):
        failed = await alone.run(*arguments, stdin=b"secret")
        assert (failed.code, failed.out) == (7, b"")
        assert failed.err == "onasty: The server cannot be reached.\n"


async def test_a_certificate_is_trusted_or_nothing_is_sent(alone, serve, tmp_path):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    asked = []

    async def handler(request):
        asked.append(request.path)
        return web.json_response({"slug": "a-slug"}, status=201)

    alone.server = await serve(handler, context)
    refused = await alone.run("send", stdin=b"secret")
    assert (refused.code, refused.out, asked) == (8, b"", [])
    assert is_one_line(refused.err)

    own = tmp_path / "own.pem"
    authority.cert_pem.write_to_path(str(own))
    sent = await alone.run("send", "--ca", str(own), stdin=b"secret")
    assert (sent.code, asked) == (0, ["/api/v1/note"])
    assert (await alone.run("send", stdin=b"secret", ONASTY_CA=str(own))).code == 0


async def test_limits_are_waited_for_shortly_and_told_else(alone, serve):
    answers = [(429, "1"), (503, "0"), (201, "0"), (429, "90")]

    async def handler(request):
        status, rest = answers.pop(0)
        body = {"slug": "a-slug"} if status == 201 else {"code": "too_many_requests"}
        return web.json_response(body, status=status, headers={"Retry-After": rest})

    alone.server = await serve(handler)
    assert (await alone.run("send", stdin=b"secret")).code == 0
    limited = await alone.run("send", stdin=b"secret")
    assert (limited.code, limited.err) == (9, "onasty: Too many requests. Try again in 90 s.\n")


async def test_what_is_no_onasty_server(alone, serve):
    async def handler(request):
        return web.Response(text="<html>", content_type="text/html", status=301, headers={"Location": "/"})

    alone.server = await serve(handler)
    failed = await alone.run("send", stdin=b"secret")
    assert failed.code == 7
    assert "no Onasty server" in failed.err


def other_content(values) -> None:
    if "content" in values:
        values["content"] = "A" * len(values["content"])


def other_header(values) -> None:
    if "encryption" in values:
        values["encryption"] = "Ag" + values["encryption"][2:]


def no_header(values) -> None:
    values.pop("encryption", None)


@pytest.mark.parametrize("change", [other_header, no_header])
async def test_a_header_that_is_not_known_is_refused_before_anything_is_read(behind, proxy, change):
    link = await behind.send(b"secret")
    proxy.change = change
    read = await behind.run("read", link)
    assert (read.code, read.out) == (12, b"")
    assert is_one_line(read.err)
    assert not any(path.endswith("/view") for path in proxy.answered)


def other_header_with_the_content(values) -> None:
    if "content" in values:
        other_header(values)


@pytest.mark.parametrize("change", [other_content, other_header_with_the_content])
async def test_a_note_that_was_changed_is_not_shown_and_not_forgotten(behind, proxy, change):
    link = await behind.send(b"secret")
    proxy.change = change
    read = await behind.run("read", link)
    assert (read.code, read.out) == (12, b"")
    proxy.change = None
    assert (await behind.run("read", link)).out == b"secret"


@pytest.mark.parametrize(
    "arguments",
    [
        [f"{SOMEWHERE}#{KEY}"],
        ["read"],
        ["read", "one", f"{SOMEWHERE}#{KEY}"],
        ["read", SOMEWHERE, KEY],
        ["status", "my-note", KEY],
        ["send", "note.txt", "--password", KEY],
        ["read", f"ftp://a.example/secret/abc#{KEY}"],
        ["read", f"http://a.example/secret/abc#{KEY}"],
        ["send", "--views", "0"],
        ["send", f"--views={SOMEWHERE}#{KEY}"],
        ["send", "--keep"],
        ["send", "--expires", "soon"],
        ["send", "--server", "nowhere"],
        ["send", "/no/such/file"],
        ["send", "/dev/null"],
        ["send", "--password"],
        ["send", str(SCRIPT.with_name("python"))],
        ["status", "never-sent-from-here"],
    ],
)
async def test_wrong_use(alone, arguments):
    failed = await alone.run(*arguments)
    assert (failed.code, failed.out) == (2, b"")
    assert is_one_line(failed.err)
    assert KEY not in failed.err


async def test_a_note_that_is_too_long_is_refused_before_it_is_sent(alone, unused_tcp_port):
    alone.server = f"http://127.0.0.1:{unused_tcp_port}"
    failed = await alone.run("send", stdin=b"x" * (512 * 1024 + 1))
    assert (failed.code, "524288" in failed.err) == (2, True)


async def test_at_a_terminal_a_password_is_asked_for_again_and_control_characters_are_shown(onasty):
    link = await onasty.send(b"\x1b]0;title\x07secret", "--password", ONASTY_PASSWORD="right")
    process = await onasty.start_at_a_terminal("read", link)

    async def says(what: bytes) -> bytes:
        return await asyncio.wait_for(process.stdout.readuntil(what), WITHIN)

    await says(b"Password of the note: ")
    process.stdin.write(b"wrong\n")
    said = await says(b"Password of the note: ")
    assert b"wrong. Nothing was burned." in said
    process.stdin.write(b"right\n")
    said = await says(b"secret\r\n")
    assert b"\\u001b]0;title\\u0007secret" in said
    assert b"right" not in said
    assert await asyncio.wait_for(process.wait(), WITHIN) == 0
