"""Reading beside a server of our own, whose answers are told one by one."""

import asyncio
import os
import time

import pytest
from aiohttp import web

from onasty_cli.api import Api
from onasty_cli.claims import STALE_AFTER, Claims
from onasty_cli.command_error import CommandError
from onasty_cli.config import Config
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import NoteLink
from onasty_cli.passwords import Passwords
from onasty_cli.reading import Reader

TIMES = {"created_at": "2026-01-31T12:00:00Z", "expires_at": "2026-02-07T12:00:00Z"}
OPEN = (200, {"has_password": False, **TIMES})
LOCKED = (200, {"has_password": True, **TIMES})
NOTE = (200, {"content": "secret", **TIMES})
WRONG = (403, {"code": "note_password_wrong"})
READ = (404, {"code": "note_already_read"})
LOST = None
LIMITED = (429, {"code": "too_many_requests"})
BUSY = (503, {"code": "timeout"})
BROKEN = (500, {"code": "internal"})


class OneServer(Claims):
    """As if every address were the same server's; `let_go` does what the end of a process does."""

    def __init__(self, folder):
        super().__init__(folder)
        self.held = []

    def kept(self, link):
        return map(self._holding, super().kept(NoteLink("https://one.example", link.slug)))

    def make(self, link, **rest):
        return self._holding(super().make(NoteLink("https://one.example", link.slug), **rest))

    def _holding(self, claim):
        self.held.append(claim)
        return claim

    def let_go(self):
        for claim in self.held:
            claim.file.close()


@pytest.fixture
async def read(tmp_path):
    """`await read(answer, …)`: the note, or the code of the failure; `asked` has the paths and the claims."""
    runners = []

    async def read(*answers, password="word"):
        waiting, asked = list(answers), []

        async def handler(request):
            body = await request.json() if request.can_read_body else {}
            asked.append((request.path.rpartition("/")[2], body.get("claim")))
            answer = waiting.pop(0)
            if answer is LOST:
                request.transport.abort()
                raise asyncio.CancelledError
            status, values = answer
            rest = {"Retry-After": "1" if status == 503 else "30"} if status in {429, 503} else {}
            return web.json_response(values, status=status, headers=rest)

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()

        def ask():
            server = f"http://127.0.0.1:{runner.addresses[0][1]}"
            passwords, claims = Passwords({"ONASTY_PASSWORD": password}, None), OneServer(tmp_path)
            with Api(server, Config(), sleep=lambda _: None) as api:
                try:
                    return Reader(api, claims, passwords).read(NoteLink(server, "a-note")).text
                except CommandError as failure:
                    return failure.code
                finally:
                    claims.let_go()

        came = await asyncio.wait_for(asyncio.to_thread(ask), 20)
        assert waiting == [], "it asked too little"
        return came, asked

    yield read
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize(
    "answers",
    [[BROKEN], [LOST, LIMITED], [BUSY, LIMITED], [LOST, WRONG], [LOST, LOST, LOST, LOST]],
    ids=["500", "lost, 429", "503, 429", "lost, wrong password", "lost each time"],
)
async def test_a_claim_that_may_hold_the_view_asks_again(read, answers):
    _, asked = await read(LOCKED, *answers)
    claim = asked[1][1]
    assert await read(NOTE) == ("secret", [("view", claim)])


@pytest.mark.parametrize("others", [0, 1, 2], ids=["the first", "the second", "the third"])
async def test_whichever_claim_holds_the_note_it_is_read(read, tmp_path, others):
    # As after several reads at once, none of which came to its end.
    claims = Claims(tmp_path)
    link = NoteLink("https://one.example", "a-note")
    made = [claims.make(link, header=None, has_password=False) for _ in range(3)]
    for claim in made:
        claim.file.close()
    text, asked = await read(*[READ] * others, NOTE)
    assert text == "secret"
    assert [path for path, _ in asked] == ["view"] * (others + 1)
    assert len({claim for _, claim in asked} & {claim.token for claim in made}) == others + 1
    assert len(list((tmp_path / "claims").iterdir())) == 3 - others


async def test_when_no_claim_holds_the_note_it_is_asked_for_anew(read, tmp_path):
    claims = Claims(tmp_path)
    link = NoteLink("https://one.example", "a-note")
    for claim in [claims.make(link, header=None, has_password=False) for _ in range(2)]:
        claim.file.close()
    text, asked = await read(READ, READ, OPEN, NOTE)
    assert (text, [path for path, _ in asked]) == ("secret", ["view", "view", "meta", "view"])


async def test_a_claim_without_a_note_is_dropped(read, tmp_path):
    assert (await read(OPEN, READ))[0] is ExitCode.ALREADY_READ
    assert list((tmp_path / "claims").iterdir()) == []


async def test_a_note_that_got_a_password_meanwhile_is_read_with_it(read):
    _, asked = await read(OPEN, BROKEN)
    text, asked_later = await read(WRONG, LOCKED, NOTE)
    assert text == "secret"
    assert [path for path, _ in asked_later] == ["view", "meta", "view"]
    assert asked_later[0][1] == asked[1][1]
    assert asked_later[2][1] != asked[1][1]


async def test_a_password_that_is_wrong_keeps_the_claim(read):
    _, asked = await read(LOCKED, LOST, WRONG)
    assert (await read(WRONG, LOCKED))[0] is ExitCode.PASSWORD_WRONG
    assert await read(NOTE) == ("secret", [("view", asked[1][1])])


async def test_a_claim_is_kept_from_its_last_try_on(read, tmp_path):
    # Its lease begins with an answer, and a password may be thought about for longer than a claim is kept.
    await read(LOCKED, BROKEN)
    (file,) = (tmp_path / "claims").iterdir()
    tried = time.time() - STALE_AFTER + 60
    os.utime(file, (tried, tried))
    await read(BROKEN)
    assert file.stat().st_mtime > tried + 60
