"""NATS and PostgreSQL die in the middle: every committed event is one letter, and auth is told."""

from __future__ import annotations

import os
import signal

import pytest

pytestmark = pytest.mark.integration


async def test_nats_is_killed_in_the_middle(
    own_servers, auth, sink, start_mailer, sign_ups, settled, until, assert_each_once
):
    await start_mailer()
    before = await sign_ups()
    await until(lambda: len(sink.accepted) >= 5)
    pid = own_servers.endpoints.pids["nats"]
    os.kill(pid[0], signal.SIGKILL)
    await until(lambda: own_servers.endpoints.pids["nats"] != pid)
    after = await sign_ups(10)

    await settled([*before, *after])

    assert_each_once([*before, *after])


async def test_postgres_is_restarted_in_the_middle(
    own_servers, auth, sink, start_mailer, sign_ups, settled, until, assert_each_once
):
    await start_mailer()
    before = await sign_ups()
    await until(lambda: len(sink.accepted) >= 5)
    pid = own_servers.endpoints.pids["postgres"]
    os.kill(pid[0], signal.SIGINT)
    after = await sign_ups(10)
    await until(lambda: own_servers.endpoints.pids["postgres"] != pid)

    await settled([*before, *after])

    await until(lambda: set(auth.settled) == {*before, *after})
    # What was sent meanwhile is marked when PostgreSQL is back, within the lease.
    assert_each_once([*before, *after])


async def test_auth_that_does_not_hear_how_letters_ended_is_told_again(
    auth, start_mailer, sign_ups, settled, sql, until
):
    auth.deaf = True
    await start_mailer()
    ids = await sign_ups(2)
    await settled(ids)
    await until(lambda: auth.missed == set(ids))

    auth.deaf = False

    await until(lambda: auth.settled == dict.fromkeys(ids, "sent"))
    await until(lambda: sql("SELECT FROM jobs HAVING bool_and(NOT untold)"))
