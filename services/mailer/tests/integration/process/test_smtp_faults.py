"""The SMTP server refuses, breaks off and is away: every committed event is one letter, or dead by name."""

from __future__ import annotations

import asyncio
import os

import pytest

pytestmark = pytest.mark.integration

KEPT = "250 Kept"


async def test_451_for_a_while(auth, sink, start_mailer, sign_ups, settled, until, assert_each_once):
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

    assert_each_once(ids)


async def test_550_for_one_address_is_one_dead_letter_that_can_be_replayed(
    stack, auth, sink, start_mailer, sign_ups, settled, sql, assert_each_once
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

    assert_each_once([each for each in ids if each != bad])
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
    assert_each_once(ids)
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


async def test_the_connection_breaks_before_and_after_the_250(
    auth, sink, start_mailer, sign_ups, settled, assert_each_once
):
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
    assert_each_once(ids, twice=ambiguous)


async def test_smtp_is_down_for_a_while(
    auth, sink, start_mailer, sign_ups, settled, until, sql, assert_each_once
):
    await sink.stop()
    await start_mailer()
    ids = await sign_ups()

    async def all_were_tried():
        (row,) = await sql("SELECT count(*) FROM jobs WHERE attempts > 0")
        return row[0] == len(ids)

    await until(all_were_tried)
    await sink.start()

    await settled(ids)

    assert_each_once(ids)
