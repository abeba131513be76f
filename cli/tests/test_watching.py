"""Following a note, against a server of our own that says what the API's description says."""

import asyncio
import json

import pytest
from aiohttp import web

from onasty_cli import watching
from onasty_cli.api import ATTEMPTS, Api
from onasty_cli.command_error import CommandError
from onasty_cli.config import Config
from onasty_cli.exit_codes import ExitCode
from onasty_cli.watching import Watcher

TOKEN = "T" * 43
UNREAD = {
    "slug": "a-note",
    "state": "unread",
    "keep_before_expiration": False,
    "max_views": 1,
    "views_taken": 0,
    "refused_attempts": 0,
}
NOW = "2026-01-31T12:00:00Z"
READ = UNREAD | {"state": "revealed", "views_taken": 1, "read_at": NOW}
REFUSED = UNREAD | {"refused_attempts": 1}
BREAK, SILENCE = object(), object()
HEARTBEAT = ": heartbeat\n\n"


def snapshot(note) -> str:
    return f"event: snapshot\ndata: {json.dumps({'note': note})}\n\n"


def event(name, note) -> str:
    return f"id: 1\nevent: {name}\ndata: {json.dumps({'time': NOW, 'note': note})}\n\n"


def end(reason) -> str:
    return f"event: end\ndata: {json.dumps({'reason': reason})}\n\n"


@pytest.fixture
async def watch():
    """`await watch(connection, …)`, each a status or what is said on it: the code, and what was shown."""
    runners = []

    async def watch(*connections):
        waiting = list(connections)

        async def handler(request):
            assert request.path == "/api/v1/note/a-note/events"
            assert request.headers["Onasty-Manage-Token"] == TOKEN
            said = waiting.pop(0)
            if isinstance(said, int):
                return web.json_response(
                    {"code": "note_not_found" if said == 404 else "unavailable"}, status=said
                )
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for part in said:
                if part is BREAK:
                    request.transport.abort()
                elif part is SILENCE:
                    await asyncio.sleep(60)
                else:
                    await response.write(part.encode())
            return response

        application = web.Application()
        application.router.add_get("/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        shown = []

        def follow():
            server = f"http://127.0.0.1:{runner.addresses[0][1]}"
            with Api(server, Config(), sleep=lambda _: None) as api:
                return Watcher(api, shown.append, sleep=lambda _: None).until_over("a-note", TOKEN)

        try:
            code = await asyncio.wait_for(asyncio.to_thread(follow), 20)
        finally:
            assert waiting == [], "it ended too early"
        return code, [(event["event"], event["note"]["views_taken"]) for event in shown]

    yield watch
    for runner in runners:
        await runner.cleanup()


async def test_it_ends_when_the_note_was_read(watch):
    said = [snapshot(UNREAD), HEARTBEAT, event("refused", REFUSED), HEARTBEAT, event("revealed", READ)]
    assert await watch([*said, SILENCE]) == (ExitCode.OK, [("snapshot", 0), ("refused", 0), ("revealed", 1)])


async def test_a_note_that_was_read_before_ends_it_at_once(watch):
    assert await watch([snapshot(READ), SILENCE]) == (ExitCode.OK, [("snapshot", 1)])


async def test_expired_and_deleted_are_told_apart(watch):
    expired, deleted = UNREAD | {"state": "expired"}, UNREAD | {"deleted_at": NOW}
    assert (await watch([snapshot(UNREAD), event("expired", expired)]))[0] is ExitCode.EXPIRED
    assert (await watch([snapshot(UNREAD), event("deleted", deleted)]))[0] is ExitCode.DELETED
    assert (await watch([snapshot(UNREAD), end("over")]))[0] is ExitCode.EXPIRED


async def test_a_note_for_two_is_waited_for_until_the_second(watch):
    first, second = READ | {"max_views": 2}, READ | {"max_views": 2, "views_taken": 2}
    assert await watch(
        [snapshot(UNREAD | {"max_views": 2}), event("revealed", first), event("revealed", second)]
    ) == (
        ExitCode.OK,
        [("snapshot", 0), ("revealed", 1), ("revealed", 2)],
    )


@pytest.mark.parametrize(
    ("views", "taken", "is_kept", "code"),
    [(3, 1, False, ExitCode.EXPIRED), (3, 3, False, ExitCode.OK), (1, 0, True, ExitCode.OK)],
)
async def test_what_expired_was_read_when_all_read_it_or_it_is_kept(watch, views, taken, is_kept, code):
    read = READ | {"max_views": views, "views_taken": taken, "keep_before_expiration": is_kept}
    assert (await watch([snapshot(read | {"state": "expired"})]))[0] is code


@pytest.mark.parametrize("is_kept", [False, True])
async def test_what_some_have_read_was_deleted_all_the_same(watch, is_kept):
    read = READ | {"max_views": 3, "keep_before_expiration": is_kept}
    assert (await watch([snapshot(read | {"deleted_at": NOW})]))[0] is ExitCode.DELETED


async def test_a_kept_note_is_waited_for_until_its_end(watch):
    # Its views are not counted, and it stays what its first reader made it.
    unread = UNREAD | {"keep_before_expiration": True}
    read = unread | {"state": "revealed", "read_at": NOW}
    said = [snapshot(unread), event("revealed", read), event("expired", read), end("over")]
    shown = [("snapshot", 0), ("revealed", 0), ("expired", 0)]
    assert await watch(said) == (ExitCode.OK, shown)
    expired = unread | {"state": "expired"}
    assert (await watch([snapshot(unread), event("expired", expired)]))[0] is ExitCode.EXPIRED


async def test_what_was_missed_shows_after_the_connection_is_back(watch):
    assert await watch(
        [snapshot(UNREAD), BREAK], 503, [snapshot(UNREAD), end("restarting")], [snapshot(READ), SILENCE]
    ) == (ExitCode.OK, [("snapshot", 0), ("snapshot", 1)])


async def test_a_connection_without_a_word_is_made_again(watch, monkeypatch):
    monkeypatch.setattr(watching, "SILENCE", 0.3)
    assert (await watch([snapshot(UNREAD), SILENCE], [snapshot(READ)]))[0] is ExitCode.OK


async def test_a_server_that_fails_for_once_is_asked_again(watch):
    assert (await watch([snapshot(UNREAD), BREAK], 500, [snapshot(READ)]))[0] is ExitCode.OK


async def test_a_first_request_is_repeated_as_any_other(watch):
    assert (await watch(503, 429, [snapshot(READ), SILENCE]))[0] is ExitCode.OK


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([404], ExitCode.NOT_FOUND),
        ([500], ExitCode.UNEXPECTED),
        ([503] * ATTEMPTS, ExitCode.UNREACHABLE),
    ],
)
async def test_without_a_first_answer_it_fails(watch, answers, code):
    with pytest.raises(CommandError) as refused:
        await watch(*answers)
    assert refused.value.code is code


async def test_a_note_that_is_gone_after_a_break_ends_it(watch):
    with pytest.raises(CommandError) as gone:
        await watch([snapshot(UNREAD), BREAK], 404)
    assert gone.value.code is ExitCode.NOT_FOUND
