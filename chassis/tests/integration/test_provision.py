"""Streams and consumers become what the contracts say, whatever they were."""

import nats
import pytest

from chassis.provision import provision
from contracts.registry import STREAMS
from contracts.streams import ConsumerSpec, StreamSpec

pytestmark = pytest.mark.integration

STREAM = StreamSpec(name="TEST", subjects=("test.>",), max_age=600.0)
CONSUMER = ConsumerSpec(stream="TEST", durable="reader", filter_subjects=("test.a",))


@pytest.fixture
async def js(servers):
    client = await nats.connect(servers.nats)
    js = client.jetstream()
    yield js
    await js.delete_stream("TEST")
    await client.close()


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
