"""The bound on requests in hand."""

import asyncio

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.bound import bound_middleware


async def test_one_request_more_than_the_bound_is_refused_at_once():
    registry = CollectorRegistry()
    bound = bound_middleware(2, registry)
    gate = asyncio.Event()

    async def handler(_):
        await gate.wait()
        return web.Response()

    held = [asyncio.ensure_future(bound(None, handler)) for _ in range(2)]
    await asyncio.sleep(0)
    assert registry.get_sample_value("http_requests_in_hand") == 2
    with pytest.raises(ServiceError) as caught:
        await bound(None, handler)
    assert caught.value.code is ErrorCode.OVERLOADED
    gate.set()
    await asyncio.gather(*held)
    assert (await bound(None, handler)).status == 200
    assert registry.get_sample_value("http_requests_in_hand") == 0
