"""The health check of a container tells what readiness says, and that nobody answers."""

import asyncio

from prometheus_client import CollectorRegistry

from chassis.health import Health
from chassis.ops_server import ops_server
from chassis.ready import ready


async def test_it_says_what_readiness_says():
    health = Health()
    async with ops_server(health, CollectorRegistry(), host="127.0.0.1", port=0) as port:
        assert not await asyncio.to_thread(ready, port)
        health.start_accepting()
        assert await asyncio.to_thread(ready, port)
    assert not await asyncio.to_thread(ready, port)
