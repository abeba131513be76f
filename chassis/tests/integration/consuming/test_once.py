"""However often an event is delivered, it takes effect once; and no message blocks another."""

import asyncio

import pytest
import uuid_utils.compat

from chassis import consumer, dead_letters
from contracts.errors import ErrorCode, ServiceError

pytestmark = pytest.mark.integration

CANARY = "canary-in-an-error"


async def test_an_event_published_twice_takes_effect_once(events, consume):
    committed = []
    runtime = await consume(events.takes_effect, after_commit=lambda: committed.append(True))
    event_id = await events.emit()
    await events.emit(event_id=event_id, message_id="again")

    await events.until_outcome(runtime, "repeated")

    assert (await events.effects())[event_id] == 1
    assert (events.outcomes(runtime, "handled"), len(committed)) == (1, 1)


async def test_two_replicas_share_the_work(events, consume):
    replicas = [await consume(events.takes_effect) for _ in range(2)]
    ids = [await events.emit() for _ in range(60)]

    effects = await events.wait_for_effects(ids)

    assert {effects[event_id] for event_id in ids} == {1}
    assert min(events.outcomes(each, "handled") for each in replicas) > 0


async def test_an_event_that_fails_is_a_dead_letter_and_blocks_nobody(events, consume, sql):
    async def fails(delivery):
        await events.takes_effect(delivery)
        if delivery.event_id == bad:
            raise ValueError(CANARY)

    bad, good = uuid_utils.compat.uuid7(), uuid_utils.compat.uuid7()
    runtime = await consume(fails)
    await events.emit(event_id=bad)
    await events.emit(event_id=good)

    letter = await events.wait_for_dead()

    assert str(bad) in letter.data.decode()
    assert letter.subject == "dead.notes.events.auth.v1.user.deleted"
    assert letter.headers["Onasty-Dead-Reason"] == "ValueError"
    assert letter.headers["Onasty-Dead-Deliveries"] == str(consumer.MESSAGE_ATTEMPTS)
    await events.wait_for_effects([good])
    assert bad not in await events.effects(), "what the handler did is rolled back"
    assert events.outcomes(runtime, "dead") == 1
    await events.js.delete_msg("DEAD_LETTERS", letter.seq)


async def test_a_replayed_dead_letter_takes_effect_once_and_is_gone(events, consume, capsys):
    broken = True

    async def breaks_at_first(delivery):
        if broken:
            raise ValueError(CANARY)
        await events.takes_effect(delivery)

    await consume(breaks_at_first)
    event_id = await events.emit()
    letter = await events.wait_for_dead()
    broken = False

    await dead_letters.replay(events.js, letter)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1
    assert await events.dead() == []
    assert CANARY not in capsys.readouterr().out


async def test_what_does_not_parse_is_a_dead_letter_that_says_where(events, consume):
    await consume(events.takes_effect)
    await events.emit(payload=b'{"specversion": "1.0", "data": {"user_id": "' + CANARY.encode() + b'"}}')

    letter = await events.wait_for_dead()

    reason = letter.headers["Onasty-Dead-Reason"]
    assert "data.user_id" in reason
    assert CANARY not in reason
    await events.js.delete_msg("DEAD_LETTERS", letter.seq)


async def test_an_outage_is_waited_for_and_makes_no_dead_letter(events, consume):
    refusals = iter([ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT] * consumer.MESSAGE_ATTEMPTS)

    async def away_for_long(delivery):
        for code in refusals:
            raise ServiceError(code, "away")
        await events.takes_effect(delivery)

    runtime = await consume(away_for_long)
    event_id = await events.emit()

    await events.wait_for_effects([event_id])

    assert events.outcomes(runtime, "retried") == 2 * consumer.MESSAGE_ATTEMPTS
    assert await events.dead() == []


async def test_a_handler_that_has_no_time_is_waited_for_and_makes_no_dead_letter(
    events, consume, monkeypatch
):
    monkeypatch.setattr(consumer, "HANDLER_TIMEOUT", 0.1)
    deliveries = 0

    async def too_slow_for_long(delivery):
        nonlocal deliveries
        deliveries += 1
        if deliveries <= 2 * consumer.MESSAGE_ATTEMPTS:
            await asyncio.Event().wait()
        await events.takes_effect(delivery)

    runtime = await consume(too_slow_for_long)
    event_id = await events.emit()

    await events.wait_for_effects([event_id])

    assert events.outcomes(runtime, "retried") == 2 * consumer.MESSAGE_ATTEMPTS
    assert await events.dead() == []
