import json
from pathlib import Path

import aiohttp
import pytest

pytestmark = pytest.mark.integration


async def test_jetstream_flushes_every_message_to_disk(servers):
    config = json.loads((Path(servers.mailbox).parent / "servers" / "nats" / "nats.conf").read_text())

    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{config['http']}/jsz?config=1") as answer,
    ):
        jetstream = await answer.json()

    assert jetstream["config"]["sync_always"] is True
