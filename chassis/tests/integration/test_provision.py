"""Streams and consumers become what the contracts say, whatever they were."""

from dataclasses import replace

import nats
import pytest
from nats.js.api import AckPolicy, DiscardPolicy

from chassis import streams
from chassis.provision import consumer_config, provision, stream_config
from chassis.settings import SettingsError
from contracts.registry import STREAMS
from contracts.streams import ConsumerSpec, StreamSpec

pytestmark = pytest.mark.integration

STREAM = StreamSpec(name="TEST", subjects=("test.>",), max_age=600.0)
CONSUMER = ConsumerSpec(stream="TEST", durable="reader", filter_subjects=("test.a",))


@pytest.fixture
async def js(client):
    js = client.jetstream()
    yield js
    await js.delete_stream("TEST")


async def test_it_makes_what_is_missing_and_updates_what_differs(js):
    await provision(js, [STREAM], [CONSUMER])
    await js.publish("test.a", b"kept")
    changed = StreamSpec(name="TEST", subjects=("test.>", "more.>"), max_age=1200.0)
    slower = ConsumerSpec(stream="TEST", durable="reader", filter_subjects=("test.a", "test.b"), ack_wait=5.0)
    await provision(js, [changed], [slower])
    await provision(js, [changed], [slower])

    stream = await js.stream_info("TEST")
    assert (stream.config.subjects, stream.config.max_age) == (["test.>", "more.>"], 1200)
    assert stream.state.messages == 1
    consumer = await js.consumer_info("TEST", "reader")
    assert (consumer.config.filter_subjects, consumer.config.ack_wait) == (["test.a", "test.b"], 5)
    assert consumer.config.max_deliver == -1


async def test_the_streams_of_the_contracts_are_there(servers):
    client = await nats.connect(servers.nats)
    try:
        for stream in STREAMS:
            info = await client.jetstream().stream_info(stream.name)
            assert (info.config.subjects, info.config.max_age) == (list(stream.subjects), stream.max_age)
    finally:
        await client.close()


def test_the_number_of_copies_is_the_operators():
    assert [stream_config(STREAM, copies).num_replicas for copies in (1, 3)] == [1, 3]


async def test_what_is_as_provisioned_is_verified(js, client, make_runtime):
    await provision(js, [STREAM], [CONSUMER])
    await streams.verified(make_runtime(), client, [STREAM], [CONSUMER])


@pytest.mark.parametrize(
    ("difference", "change"),
    [
        ("subjects", {"subjects": ["test.>", "more.>"]}),
        ("discard", {"discard": DiscardPolicy.OLD}),
        ("max_age", {"max_age": 60, "duplicate_window": 60}),
        ("duplicate_window", {"duplicate_window": 60}),
    ],
)
async def test_another_stream_under_the_name_is_refused_at_the_start(
    js, client, make_runtime, difference, change
):
    await js.add_stream(replace(stream_config(STREAM, 1), **change))
    with pytest.raises(SettingsError, match=rf"TEST .*\b{difference}\b.*run the provisioning step"):
        await streams.verified(make_runtime(), client, [STREAM])


@pytest.mark.parametrize(
    ("difference", "change"),
    [
        ("filter_subjects", {"filter_subjects": ["test.b"]}),
        ("ack_policy", {"ack_policy": AckPolicy.ALL}),
        ("max_deliver", {"max_deliver": 5}),
    ],
)
async def test_another_consumer_under_the_name_is_refused_at_the_start(
    js, client, make_runtime, difference, change
):
    await provision(js, [STREAM], [])
    await js.add_consumer("TEST", replace(consumer_config(CONSUMER), **change))
    with pytest.raises(SettingsError, match=rf"reader .*\({difference}\): run the provisioning step"):
        await streams.verified(make_runtime(), client, [STREAM], [CONSUMER])
