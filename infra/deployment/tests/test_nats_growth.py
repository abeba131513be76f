"""The way of docs/deploy.md from one node of NATS to three: what lies in the streams comes along."""

import nats
import pytest

from .nats_cluster import NODES, Cluster

pytestmark = [
    pytest.mark.integration,
    # nats-py (2.16) leaves the socket open when a node that it was told of refuses it without a password.
    pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning"),
]

SUBJECT = "events.auth.v1.user.signed_up"


@pytest.fixture
async def alone(compose, secrets, tmp_path):
    """The one node, with two events, of which the mailer has had one, and a dead letter."""
    node = Cluster(compose, secrets, tmp_path / "alone", NODES[:1])
    try:
        await node.start(*NODES[:1])
        await node.operate("chassis.provision")
        async with await nats.connect(node.url("admin")) as client:
            js = client.jetstream()
            for content in (b"had", b"waits"):
                await js.publish(SUBJECT, content)
            await js.publish(f"dead.mailer.{SUBJECT}", b"dead")
            mailer = await js.pull_subscribe_bind("mailer", "EVENTS")
            (message,) = await mailer.fetch(1)
            await message.ack_sync()
        yield node
    finally:
        await node.stop()


async def test_one_node_becomes_three_with_its_streams(alone, compose, secrets, tmp_path):
    saved = str(tmp_path / "streams.backup")
    await alone.operate("chassis.stream_backup", "save", saved)
    await alone.stop()
    cluster = Cluster(compose, secrets, tmp_path / "three")
    try:
        await cluster.start(*NODES)
        await cluster.operate("chassis.stream_backup", "restore", saved)
        await cluster.operate("chassis.provision")
        async with await nats.connect(cluster.url("admin").split(",")) as client:
            js = client.jetstream()
            for stream, messages in (("EVENTS", 2), ("DEAD_LETTERS", 1)):
                info = await js.stream_info(stream)
                assert (info.state.messages, info.config.num_replicas) == (messages, len(NODES))
            mailer = await js.pull_subscribe_bind("mailer", "EVENTS")
            (message,) = await mailer.fetch(5, timeout=5)
            assert message.data == b"waits"
    finally:
        await cluster.stop()
