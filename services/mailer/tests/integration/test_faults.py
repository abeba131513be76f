"""Whatever dies: every committed event is one letter, and a second copy goes only where nobody can know.

Each test counts Message-IDs where the mail arrives. After each, the logs, metrics and tables are searched for
addresses and links (`start_mailer`).
"""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import UUID

import asyncpg
import pytest

pytestmark = pytest.mark.integration

KEPT = "250 Kept"


def message_id(event_id: UUID) -> str:
    return f"<{event_id}@example.org>"


@pytest.fixture
def settled(sql, until):
    """Wait until every one of these letters is sent."""

    async def wait(ids, state="sent", within=60.0):
        async def count():
            try:
                (row,) = await sql("SELECT count(*) FROM jobs WHERE id = ANY ($1) AND state = $2", ids, state)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False
            return row[0] == len(ids)

        await until(count, within=within)

    return wait


def assert_each_once(sink, ids, *, twice=frozenset()):
    """Distinct Message-IDs are the committed events; of those in `twice` two may have come."""
    assert set(sink.accepted) == {message_id(each) for each in ids}
    assert {each for each, count in sink.accepted.items() if count > 1} <= set(twice)


class Step:
    """A place at which the mailer waits for the sink's answer."""

    def __init__(self, answer="451 Too late"):
        self._answer = answer
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def hold(self, *_):
        self.reached.set()
        await self.go_on.wait()
        return self._answer


@pytest.fixture
def lock_is_waited_for(sql):
    async def look():
        query = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'jobs'::regclass"
        return await sql(query)

    return look


async def test_killed_before_the_job_is_written(
    stack, auth, sink, start_mailer, sign_ups, settled, until, lock_is_waited_for
):
    mailer = await start_mailer()
    holder = await asyncpg.connect(stack.postgres["mailer"])
    async with holder.transaction():
        await holder.execute("LOCK TABLE jobs IN EXCLUSIVE MODE")
        ids = await sign_ups()
        await until(lock_is_waited_for)
        mailer.kill()
    await holder.close()
    assert not sink.accepted

    await start_mailer()
    await settled(ids)

    assert_each_once(sink, ids)


async def test_killed_before_it_is_sent(auth, sink, start_mailer, sign_ups, settled, until):
    auth.answering.clear()
    mailer = await start_mailer()
    ids = await sign_ups()
    await until(lambda: len(auth.asked) >= 4)
    mailer.kill()
    auth.answering.set()

    await start_mailer()
    await settled(ids)

    assert_each_once(sink, ids)


async def test_killed_while_it_is_sent(auth, sink, start_mailer, sign_ups, settled):
    step = Step()
    sink.on_data = step.hold
    mailer = await start_mailer()
    ids = await sign_ups()
    await step.reached.wait()
    mailer.kill()
    sink.cut()
    step.go_on.set()
    sink.behave()

    await start_mailer()
    await settled(ids)

    assert_each_once(sink, ids)


async def test_killed_before_it_is_marked(
    stack, auth, sink, start_mailer, sign_ups, settled, until, sql, lock_is_waited_for
):
    step = Step(answer=None)
    sink.on_data = step.hold
    mailer = await start_mailer()
    ids = await sign_ups()
    await step.reached.wait()
    holder = await asyncpg.connect(stack.postgres["mailer"])
    async with holder.transaction():
        await holder.execute("LOCK TABLE jobs IN EXCLUSIVE MODE")
        step.go_on.set()
        await until(lambda: sink.accepted)
        await until(lock_is_waited_for)
        mailer.kill()
        # PostgreSQL would still do what a process asked for that is gone.
        await holder.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mailer'"
        )
    await holder.close()
    # What reached the sink, and was not answered before the kill, is answered by now.
    sink.cut()
    sink.behave()
    sent = {message_id(row["id"]) for row in await sql("SELECT id FROM jobs WHERE state = 'sent'")}
    unmarked = set(sink.accepted) - sent
    assert unmarked

    await start_mailer()
    await settled(ids)

    assert_each_once(sink, ids, twice=unmarked)
    assert {sink.accepted[each] for each in unmarked} == {2}, "the second is recognised by its Message-ID"


async def test_451_for_a_while(auth, sink, start_mailer, sign_ups, settled, until):
    refused = set()

    async def try_again_later(_, address):
        refused.add(address)
        return f"451 {address} is greylisted"

    sink.on_recipient = try_again_later
    await start_mailer()
    ids = await sign_ups()
    await until(lambda: len(refused) == len(ids))
    sink.behave()

    await settled(ids)

    assert_each_once(sink, ids)


async def test_550_for_one_address_is_one_dead_letter_that_can_be_replayed(
    stack, auth, sink, start_mailer, sign_ups, settled, sql
):
    async def unknown(_, address):
        return f"550 no such user {address}" if address == auth.recipient(bad) else None

    mailer = await start_mailer(RETRY_DELAYS="60")
    sink.on_recipient = unknown
    auth.answering.clear()
    ids = await sign_ups()
    bad = ids[len(ids) // 2]
    auth.answering.set()

    await settled([each for each in ids if each != bad])
    await settled([bad], "dead")

    assert_each_once(sink, [each for each in ids if each != bad])
    assert auth.settled[bad] == "dead"
    (row,) = await sql("SELECT * FROM jobs WHERE state = 'dead'")
    assert (row["id"], row["reason"], row["attempts"]) == (bad, "smtp: 550 for the recipient", 1)
    assert 'mails_total{letter="verify",outcome="dead"} 1.0' in mailer.metrics()

    listed = await mailer_command(stack, "list")
    assert listed.startswith(f"{bad}  ")
    assert "after 1: smtp: 550 for the recipient" in listed
    sink.behave()
    assert await mailer_command(stack, "replay", str(bad)) == "replayed: 1\n"
    await settled(ids)
    assert_each_once(sink, ids)
    assert await mailer_command(stack, "list") == ""


async def mailer_command(stack, *arguments):
    environment = {**os.environ, "MAILER_DATABASE_URL": stack.postgres["mailer"]}
    process = await asyncio.create_subprocess_exec(
        *(os.sys.executable, "-P", "-m", "mailer", "dead", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_the_connection_breaks_before_and_after_the_250(auth, sink, start_mailer, sign_ups, settled):
    seen, told, ambiguous = set(), set(), set()

    async def breaks(server, id):
        """Every first attempt: one in three is cut before the 250, one after it, one goes well."""
        if id in seen:
            return None
        seen.add(id)
        if len(seen) % 3 == 0:
            server.transport.abort()
            return "451 nobody hears this"
        if len(seen) % 3 == 1:
            await server.push(KEPT)
            told.add(id)
            sink.accepted[id] += 1
            server.transport.close()
            return "451 nobody hears this"
        # Taken, and the answer is lost: what nobody can know.
        ambiguous.add(id)
        sink.accepted[id] += 1
        server.transport.abort()
        return "451 nobody hears this"

    sink.on_data = breaks
    await start_mailer()
    ids = await sign_ups()
    await settled(ids)

    assert told
    assert ambiguous
    assert_each_once(sink, ids, twice=ambiguous)


async def test_smtp_is_down_for_a_while(auth, sink, start_mailer, sign_ups, settled, until, sql):
    await sink.stop()
    await start_mailer()
    ids = await sign_ups()

    async def all_were_tried():
        (row,) = await sql("SELECT count(*) FROM jobs WHERE attempts > 0")
        return row[0] == len(ids)

    await until(all_were_tried)
    await sink.start()

    await settled(ids)

    assert_each_once(sink, ids)


async def test_nats_is_killed_in_the_middle(own_servers, auth, sink, start_mailer, sign_ups, settled, until):
    await start_mailer()
    before = await sign_ups()
    await until(lambda: len(sink.accepted) >= 5)
    pid = own_servers.endpoints.pids["nats"]
    os.kill(pid[0], signal.SIGKILL)
    await until(lambda: own_servers.endpoints.pids["nats"] != pid)
    after = await sign_ups(10)

    await settled([*before, *after])

    assert_each_once(sink, [*before, *after])


async def test_postgres_is_restarted_in_the_middle(
    own_servers, auth, sink, start_mailer, sign_ups, settled, until
):
    await start_mailer()
    before = await sign_ups()
    await until(lambda: len(sink.accepted) >= 5)
    pid = own_servers.endpoints.pids["postgres"]
    os.kill(pid[0], signal.SIGINT)
    after = await sign_ups(10)
    await until(lambda: own_servers.endpoints.pids["postgres"] != pid)

    await settled([*before, *after])

    # What was sent meanwhile is marked when PostgreSQL is back, within the lease.
    assert_each_once(sink, [*before, *after])


async def test_two_mailers_share_the_work(auth, sink, start_mailer, sign_ups, settled):
    mailers = [await start_mailer(), await start_mailer()]
    ids = await sign_ups()

    await settled(ids)

    assert_each_once(sink, ids)
    shares = [len(mailer.logged("a letter was attempted")) for mailer in mailers]
    assert sum(shares) == len(ids)
    assert min(shares) > 0


async def test_a_stop_while_sending_loses_and_repeats_nothing(
    auth, sink, start_mailer, sign_ups, settled, until, sql
):
    step = Step(answer=None)
    sink.on_data = step.hold
    # A lease of a minute: what the first did not give back, the second could not take in time.
    mailer = await start_mailer(ATTEMPT_TIMEOUT="20")
    ids = await sign_ups()
    await step.reached.wait()
    stopping = asyncio.create_task(mailer.stop())
    await until(lambda: mailer.logged("stopping"))
    step.go_on.set()
    assert await stopping == 0
    assert sum(sink.accepted.values()) == len(await sql("SELECT id FROM jobs WHERE state = 'sent'")) > 0
    assert not await sql("SELECT id FROM jobs WHERE lease IS NOT NULL")

    await start_mailer(ATTEMPT_TIMEOUT="20")
    await settled(ids, within=40)

    assert_each_once(sink, ids)
    assert set(sink.accepted.values()) == {1}
