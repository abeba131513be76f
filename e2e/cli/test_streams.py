"""Where the result and what is said beside it go, and where they do not; beside a server of its own."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from aiohttp import web

from .conftest import WITHIN, is_one_line

pytestmark = pytest.mark.e2e
TIMES = {"created_at": "2026-01-31T12:00:00Z", "expires_at": "2026-02-07T12:00:00Z"}
ESCAPE = "\x1b]0;title\x07"
TOKEN = "A" * 43


@pytest.fixture
async def server(alone, serve):
    """Has one plain note; `server.answers` are those of other paths, `server.asked` what came."""

    answers = {
        "meta": {"has_password": False, **TIMES},
        "view": {"content": "secret", **TIMES},
        "ack": {},
        "note": {"slug": "a-slug"},
    }
    server = SimpleNamespace(asked=[], answers=answers, headers={})

    async def handler(request):
        path = request.path.rpartition("/")[2]
        server.asked.append(path)
        answer = answers[path]
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return web.Response(body=body, headers={"Content-Type": "application/json"} | server.headers)

    alone.server = await serve(handler)
    server.link = f"{alone.server}/secret/a-note"
    return server


async def test_with_stdout_closed_nothing_is_asked(alone, server):
    for arguments in (["read", server.link], ["send"]):
        closed = await alone.run(*arguments, stdin=b"secret", redirected=">&-")
        assert (closed.code, server.asked) == (13, [])
        assert is_one_line(closed.err)
    assert (await alone.run("completion", "bash", redirected=">&-")).code == 13


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "<&-"])
async def test_without_stderr_or_stdin_a_note_is_read(alone, server, where):
    read = await alone.run("read", server.link, redirected=where)
    assert (read.code, read.out, server.asked) == (0, b"secret", ["meta", "view", "ack"])


async def test_what_cannot_be_said_or_read_is_no_defect(alone):
    for where in ("2>&-", "2>/dev/full"):
        assert (await alone.run("status", "never-sent", redirected=where)).code == 2
    for arguments in (["read", "-"], ["send"]):
        closed = await alone.run(*arguments, redirected="<&-")
        assert (closed.code, is_one_line(closed.err)) == (2, True)


async def test_help(alone):
    bare = await alone.run()
    assert (bare.code, bare.out) == (2, b"")
    assert bare.err.startswith("Usage: onasty ")
    assert "\n  send " in bare.err
    full = await alone.run("read", "-h", redirected=">/dev/full")
    assert (full.code, is_one_line(full.err)) == (13, True)


async def test_a_qr_code_that_cannot_be_shown_costs_no_link(alone, server):
    sent = await alone.run("send", "--qr", stdin=b"secret", redirected="2>/dev/full")
    assert sent.code == 0
    assert sent.out.startswith(f"{alone.server}/secret/a-slug#".encode())


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_link_that_cannot_be_written_is_of_no_note(alone, server, is_gone):
    server.answers["a-slug"] = b"" if is_gone else b"{"
    sent = await alone.run("send", stdin=b"secret", redirected=">/dev/full")
    assert (sent.code, server.asked, is_one_line(sent.err)) == (13, ["note", "a-slug"], True)
    assert sent.err.endswith("The note was burned.\n" if is_gone else "see `onasty list`.\n")
    assert bool((await alone.run("list")).out) is not is_gone


@pytest.mark.parametrize(("slug", "asked"), [(ESCAPE, None), ("a/b", None), ("other", "mine"), (None, None)])
async def test_a_slug_that_was_not_asked_for_is_none(alone, server, slug, asked):
    server.answers["note"] = {"slug": slug} if slug else {}
    sent = await alone.run("send", *(["--slug", asked] if asked else []), stdin=b"secret")
    assert (sent.code, sent.out, is_one_line(sent.err)) == (7, b"", True)


async def test_loopback_is_asked_without_a_proxy(alone, server):
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
    assert (await alone.run("read", server.link, **proxies)).out == b"secret"


async def test_a_proxy_that_refuses_and_an_answer_that_is_none(alone, server):
    proxied = await alone.run("read", "https://a.example/secret/a-note", HTTPS_PROXY=alone.server)
    assert (proxied.code, proxied.err) == (7, "onasty: The proxy does not lead to the server.\n")
    server.headers = {"Content-Encoding": "gzip"}
    assert (await alone.run("read", server.link)).code == 7


async def test_settings_that_a_command_does_not_need_may_be_wrong(alone, server):
    read = await alone.run("read", server.link, ONASTY_SERVER="nowhere", ONASTY_CA="")
    assert (read.code, read.out) == (0, b"secret")
    failed = await alone.run("status", "a-note", ONASTY_MANAGE_TOKEN="short")
    assert (failed.code, failed.err) == (
        2,
        "onasty: What stands in ONASTY_MANAGE_TOKEN is no manage token.\n",
    )


async def test_files_are_utf_8_whatever_the_locale(alone, server, tmp_path):
    password = tmp_path / "password"
    password.write_text("corr\u00e9ct", encoding="utf-8")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    sent = await alone.run("send", "--password-file", str(password), stdin=b"secret", **locale)
    assert (sent.code, sent.err) == (0, "")


async def test_at_a_terminal_nothing_that_a_server_says_is_obeyed(alone, server):
    note = {
        "slug": "a-note",
        "state": ESCAPE,
        "read_at": ESCAPE,
        "keep_before_expiration": False,
        "max_views": 1,
        "views_taken": 1,
        "refused_attempts": 0,
        "has_password": False,
        **TIMES,
    }
    server.answers["status"] = note
    event = f"event: snapshot\ndata: {json.dumps({'note': note})}\n\n".encode()
    server.answers["events"] = event
    sent = alone.home / "onasty" / "sent"
    sent.mkdir(parents=True)
    kept = {"server": alone.server, "slug": f"a{ESCAPE}", "token": TOKEN, "sent_at": "2999-01-31T12:00:00Z"}
    (sent / "one.json").write_text(json.dumps(kept | {"expires_at": None}))
    for command, kind in (("status", "application/json"), ("watch", "text/event-stream"), ("list", "")):
        server.headers = {"Content-Type": kind}
        arguments = [command] if command == "list" else [command, "a-note"]
        process = await alone.start_at_a_terminal(*arguments, ONASTY_MANAGE_TOKEN=TOKEN)
        out = await asyncio.wait_for(process.stdout.read(), WITHIN)
        assert b"\\u001b]0;title\\u0007" in out, command
        assert b"\x1b" not in out


async def test_a_shell_is_told_how_to_complete(alone):
    script = await alone.run("completion", "bash")
    assert (script.code, b"complete " in script.out) == (0, True)
    asked = {"_ONASTY_COMPLETE": "bash_complete", "COMP_WORDS": "onasty se", "COMP_CWORD": "1"}
    assert (await alone.run(**asked)).out == b"plain,send\n"
