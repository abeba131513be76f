"""Between one node of NATS and three, by docs/deploy.md and docs/recovery.md, the streams come along."""

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
async def grown(compose, secrets, tmp_path):
    """`await grown(before, after)`: the nodes, with streams that were saved on those before.

    In them are two events, of which the mailer has had one, and a dead letter.
    """
    clusters = []

    async def started(name, nodes):
        cluster = Cluster(compose, secrets, tmp_path / name, nodes)
        clusters.append(cluster)
        await cluster.start(*nodes)
        return cluster

    async def grown(before, after):
        saved = str(tmp_path / "streams.backup")
        was = await started("before", before)
        await was.operate("chassis.provision")
        async with await nats.connect(was.url("admin").split(",")) as client:
            js = client.jetstream()
            for content in (b"had", b"waits"):
                await js.publish(SUBJECT, content)
            await js.publish(f"dead.mailer.{SUBJECT}", b"dead")
            mailer = await js.pull_subscribe_bind("mailer", "EVENTS")
            (message,) = await mailer.fetch(1)
            await message.ack_sync()
        await was.operate("chassis.stream_backup", "save", saved)
        await was.stop()
        cluster = await started("after", after)
        await cluster.operate("chassis.stream_backup", "restore", saved)
        await cluster.operate("chassis.provision")
        return cluster

    yield grown
    for cluster in clusters:
        await cluster.stop()


@pytest.mark.parametrize(("before", "after"), [(NODES[:1], NODES), (NODES, NODES[:1])])
async def test_the_streams_come_along(grown, before, after):
    cluster = await grown(before, after)
    async with await nats.connect(cluster.url("admin").split(",")) as client:
        js = client.jetstream()
        for stream, messages in (("EVENTS", 2), ("DEAD_LETTERS", 1)):
            info = await js.stream_info(stream)
            assert (info.state.messages, info.config.num_replicas) == (messages, len(after))
        mailer = await js.pull_subscribe_bind("mailer", "EVENTS")
        (message,) = await mailer.fetch(5, timeout=5)
        assert message.data == b"waits"
