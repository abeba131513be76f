"""The mailer is killed at each step: every committed event is one letter.

A second copy goes only where nobody can know that the first was taken.
"""

from __future__ import annotations

import asyncpg
import pytest

pytestmark = pytest.mark.integration


def message_id(event_id):
    return f"<{event_id}@example.org>"


async def test_killed_before_the_job_is_written(
    stack, auth, sink, start_mailer, sign_ups, settled, until, lock_is_waited_for, assert_each_once
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

    assert_each_once(ids)


async def test_killed_before_it_is_sent(auth, sink, start_mailer, sign_ups, settled, until, assert_each_once):
    auth.answering.clear()
    mailer = await start_mailer()
    ids = await sign_ups()
    await until(lambda: len(auth.asked) >= 4)
    mailer.kill()
    auth.answering.set()

    await start_mailer()
    await settled(ids)

    assert_each_once(ids)


async def test_killed_while_it_is_sent(
    auth, sink, start_mailer, sign_ups, settled, assert_each_once, make_step
):
    step = make_step()
    sink.on_data = step.hold
    mailer = await start_mailer()
    ids = await sign_ups()
    await step.reached.wait()
    mailer.kill()
    sink.cut()
    step.go_on.set()

    await start_mailer()
    # Not before: what the one that was killed had sent by then is not taken any more.
    sink.behave()
    await settled(ids)

    assert_each_once(ids)


async def test_killed_before_it_is_marked(
    stack,
    auth,
    sink,
    start_mailer,
    sign_ups,
    settled,
    until,
    sql,
    lock_is_waited_for,
    assert_each_once,
    make_step,
):
    step = make_step(answer=None)
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

    assert_each_once(ids, twice=unmarked)
    assert {sink.accepted[each] for each in unmarked} == {2}, "the second is recognised by its Message-ID"
