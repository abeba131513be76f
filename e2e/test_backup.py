"""What docs/recovery.md says, step by step: a backup, a loss, and an installation that is whole again."""

import base64
import os
import subprocess
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import jwt
import nats
import pytest

from devstack.binaries import postgres_programs
from devstack.launcher import launched, temporary_data

from .conftest import Api
from .letters import LINK, PASSWORD, Mailbox, consumed, text_of
from .test_mail import operator, stopped

pytestmark = pytest.mark.e2e

ADA = "ada@example.com"
OTHER = "staple battery horse"
OPENED = "Your note was opened"
PROGRAMS = postgres_programs()


@pytest.fixture
def kept_apart(monkeypatch, tmp_path):
    """The secrets, which no backup has."""
    for name, key_id in (("AUTH_SECRET", ""), ("NOTES_SEALING_KEYS", "k1:")):
        monkeypatch.setenv(name, key_id + base64.b64encode(os.urandom(32)).decode())
    (tmp_path / "index.html").write_text("<!doctype html>")
    monkeypatch.setenv("GATEWAY_WEB_ROOT", str(tmp_path))


def postgres(stack, program, *arguments):
    """One of PostgreSQL's programs, as its administrator."""
    url = urlsplit(stack.endpoints.postgres["admin"])
    subprocess.run(
        [PROGRAMS / program, *arguments],
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "PGHOST": url.hostname,
            "PGPORT": str(url.port),
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
        },
    )


@asynccontextmanager
async def using(stack):
    """What people and operators do with it."""
    ends = stack.endpoints
    # A connection for each request: a gateway closes one that waits for as long as a backup takes.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        api = Api(session, ends.gateways)
        client = await nats.connect(ends.nats)

        async def sign_in(password):
            return await api.post("/api/v1/auth/signin", {"email": ADA, "password": password})

        async def write(bearer):
            made = await api.post("/api/v1/note", {"content": "secret", "notify": True}, headers=bearer)
            return f"/api/v1/note/{made.json['slug']}/view"

        async def look(path):
            answer = await api.post(path)
            return answer.json.get("code", answer.status)

        yield SimpleNamespace(
            api=api,
            sign_in=sign_in,
            write=write,
            look=look,
            mailbox=Mailbox(Path(ends.mailbox)),
            jetstream=client.jetstream(),
        )
        await client.close()


def bearer_of(answer):
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


async def sign_up(world):
    await world.api.post("/api/v1/auth/signup", {"email": ADA, "password": PASSWORD})
    token = LINK.search(text_of(await world.mailbox.wait_for(ADA)))[1]
    assert (await world.api.post("/api/v1/auth/verify", {"token": token})).status == 200
    return await world.sign_in(PASSWORD)


async def lived(stack, folder):
    """Days before a backup, the backup, and a day after it; what is known of them."""
    async with using(stack) as world:
        session = await sign_up(world)
        bearer = bearer_of(session)
        unread, read_later, read, *told_later = [await world.write(bearer) for _ in range(5)]
        assert await world.look(read) == 200
        await world.mailbox.wait_for(ADA, 2)
        await world.jetstream.publish("dead.mailer.events.auth.v1.user.verified", b"{}")
        await consumed(world.jetstream)
        before = {letter["message-id"] for letter in world.mailbox.letters_to(ADA)}

        (mailer,) = stack.endpoints.pids["mailer"]
        with stopped(mailer):
            # Of neither the mailer has heard; the stream's backup has the first, PostgreSQL's both.
            for number, path in enumerate(told_later):
                assert await world.look(path) == 200
                if number == 0:
                    operator(stack, "streams", "save", str(folder / "streams.backup"))
            postgres(stack, "pg_dump", "--format=custom", f"--file={folder / 'onasty.dump'}", "onasty")

        assert await world.look(read_later) == 200
        change = {"current_password": PASSWORD, "new_password": OTHER}
        assert (await world.api.post("/api/v1/auth/change-password", change, headers=bearer)).status in {
            200,
            204,
        }
        lost = await world.write(bearer_of(await world.sign_in(OTHER)))
    return SimpleNamespace(
        session=session, unread=unread, read_later=read_later, read=read, lost=lost, letters=before
    )


async def restored(stack, folder):
    """The steps, on servers without services. NATS and PostgreSQL are new ones."""
    operator(stack, "streams", "restore", str(folder / "streams.backup"))
    await days_later(stack)
    postgres(
        stack,
        "pg_restore",
        *("--exit-on-error", "--clean", "--if-exists", "--create", "--dbname=postgres"),
        folder / "onasty.dump",
    )
    assert operator(stack, "notes", "burn-before", datetime.now(UTC).isoformat()) == "erased: 2\n"
    postgres(
        stack,
        "psql",
        "--quiet",
        "--dbname=onasty",
        "--command=DELETE FROM auth.sessions; DELETE FROM auth.letters",
    )
    operator(stack, "outbox-replay", "--since", "2000-01-01T00:00:00Z")


async def days_later(stack):
    """JetStream knows by itself what was published within two minutes, and a restore is not so quick."""
    client = await nats.connect(stack.endpoints.nats)
    stream = (await client.jetstream().stream_info("EVENTS")).config
    await client.jetstream().update_stream(stream.evolve(duplicate_window=0.1))
    await client.close()


async def test_what_was_lost_is_whole_again_and_nothing_comes_twice(kept_apart, tmp_path):
    with ExitStack() as ends:
        data = ends.enter_context(temporary_data())
        first = ends.enter_context(launched(ends.enter_context(temporary_data())))
        with launched(data, "--only-servers") as servers:
            first.wait_until_ready()
            was = await lived(first, tmp_path)
            first.stop()
            servers.wait_until_ready()
            await restored(servers, tmp_path)
        again = ends.enter_context(launched(data))
        again.wait_until_ready()
        async with using(again) as world:
            # Nothing that was read can be read again, and of the rest nobody can know whether it was.
            assert await world.look(was.read_later) == "note_expired"
            assert await world.look(was.unread) == "note_expired"
            assert await world.look(was.read) == "note_already_read"
            assert await world.look(was.lost) == "note_not_found"

            # Accounts are as they were on that day, with the keys of that day and nobody signed in.
            assert (await world.sign_in(OTHER)).json["code"] == "credentials_wrong"
            session = await world.sign_in(PASSWORD)
            assert key_of(session) == key_of(was.session)
            refreshed = await world.api.post(
                "/api/v1/auth/refresh-tokens", {"refresh_token": was.session.json["refresh_token"]}
            )
            assert refreshed.json["code"] == "session_invalid"

            # What was on its way arrives, and what happens from now on.
            await world.mailbox.wait_for(ADA, 2)
            assert await world.look(await world.write(bearer_of(session))) == 200
            await world.mailbox.wait_for(ADA, 3)
            await published(again)
            await consumed(world.jetstream)
            letters = world.mailbox.letters_to(ADA)
            assert [letter["subject"] for letter in letters] == [OPENED] * 3
            ids = {letter["message-id"] for letter in letters}
            assert len(ids) == 3
            assert not ids & was.letters
            assert (await world.jetstream.stream_info("DEAD_LETTERS")).state.messages == 1
        again.stop_cleanly()


def key_of(session):
    return jwt.get_unverified_header(session.json["access_token"])["kid"]


async def published(stack):
    """Fails if an outbox still holds what the letters above were not for."""
    for service in ("auth", "notes"):
        connection = await asyncpg.connect(stack.endpoints.postgres[service])
        left = await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        await connection.close()
        assert left == 0, service
