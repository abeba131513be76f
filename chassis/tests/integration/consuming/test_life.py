"""A consumer starts, stops and tells how it is, whatever else is away or newer."""

import asyncio

import pytest

from chassis import broker, consumer, postgres, stream_gauges
from chassis.consumer import consuming
from chassis.settings import DatabaseSettings
from contracts.auth.events import UserDeleted
from contracts.registry import SERVICES

pytestmark = pytest.mark.integration

(SPEC,) = SERVICES["notes"].consumers


async def test_what_is_in_hand_at_a_stop_is_rolled_back_and_taken_by_another_at_once(events, consume):
    in_hand = asyncio.Event()

    async def hangs(delivery):
        await events.takes_effect(delivery)
        in_hand.set()
        await asyncio.Event().wait()

    stopped = await consume(hangs)
    event_id = await events.emit()
    await in_hand.wait()

    await stopped.stop_consuming()
    assert event_id not in await events.effects()
    # Within the 10 seconds of `until`, and not after the 30 of `ack_wait`.
    await consume(events.takes_effect)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1


async def test_a_stop_without_nats_is_a_stop(events, consume, monkeypatch):
    """Its tasks end as cancelled ones do, and not with what the lost connection says."""
    in_hand, ended = asyncio.Event(), []
    take = consumer.Consumer._take

    async def watched(self, message):
        try:
            await take(self, message)
        except BaseException as error:
            ended.append(type(error))
            raise

    async def hangs(delivery):
        in_hand.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(consumer.Consumer, "_take", watched)
    stopped = await consume(hangs)
    await events.emit()
    await in_hand.wait()

    await stopped.client.close()
    await stopped.stop_consuming()

    assert ended == [asyncio.CancelledError]
    await events.js.delete_msg("EVENTS", (await events.js.stream_info("EVENTS")).state.last_seq)


async def test_every_consumer_tells_how_many_dead_letters_there_are(events, consume, monkeypatch):
    monkeypatch.setattr(stream_gauges, "INTERVAL", 0.02)

    async def fails(delivery):
        raise ValueError

    runtime = await consume(fails)
    before = (await events.js.stream_info("DEAD_LETTERS")).state.messages

    async def shown():
        return runtime.metrics.get_sample_value("dead_letters")

    await events.until(lambda now: now == before, shown)
    await events.emit()
    letter = await events.wait_for_dead()
    await events.until(lambda now: now == before + 1, shown)
    await events.js.delete_msg("DEAD_LETTERS", letter.seq)
    await events.until(lambda now: now == before, shown)


async def test_a_consumer_tells_what_waits_and_what_is_in_hand(events, consume, monkeypatch):
    monkeypatch.setattr(stream_gauges, "INTERVAL", 0.02)
    go_on = asyncio.Event()

    async def waits(delivery):
        await go_on.wait()

    runtime = await consume(waits)

    async def shown():
        names = ("events_pending", "events_unacknowledged", "events_redelivered")
        return tuple(runtime.metrics.get_sample_value(name) for name in names)

    for _ in range(consumer.WORKERS + 2):
        await events.emit()
    await events.until(lambda now: now == (2, consumer.WORKERS, 0), shown)
    go_on.set()
    await events.until(lambda now: now == (0, 0, 0), shown)


async def test_an_event_of_a_newer_version_waits_for_its_replicas(events, consume, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(UserDeleted, "subject", "events.auth.v1.user.renamed")
        older = await consume(events.takes_effect)
    event_id = await events.emit()

    async def look():
        labels = {"event": "unknown", "outcome": "retried"}
        return older.metrics.get_sample_value("events_consumed_total", labels) or 0

    await events.until(lambda seen: seen >= 2, look)
    await older.stop_consuming()
    await consume(events.takes_effect)

    assert (await events.wait_for_effects([event_id]))[event_id] == 1
    assert await events.dead() == []


async def test_a_service_waits_for_its_streams(servers, make_runtime, capsys):
    runtime = make_runtime(
        "notes",
        DatabaseSettings,
        nats_url=servers.nats_users["notes"],
        database_url=servers.postgres["notes"],
    )
    missing = consumer.ConsumerSpec("EVENTS", "nobody", SPEC.filter_subjects)
    async with broker.connected(runtime) as client, postgres.connected(runtime) as database:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3), consuming(runtime, client, database, missing, []):
                pass
    assert "is provisioning done?" in capsys.readouterr().out
