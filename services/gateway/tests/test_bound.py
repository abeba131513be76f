"""The bounds on requests in hand."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry

from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.bound import LARGE, bound_middleware

SMALL_BODY = {"Content-Length": str(LARGE)}
LARGE_BODY = {"Content-Length": str(LARGE + 1)}
OF_UNKNOWN_LENGTH = {"Transfer-Encoding": "chunked"}


def post(headers):
    return make_mocked_request("POST", "/", headers=headers, payload=object())


async def test_one_request_more_than_the_bound_is_refused_at_once():
    registry = CollectorRegistry()
    bound = bound_middleware(2, large=1, large_wait=5, registry=registry)
    gate = asyncio.Event()

    async def handler(_):
        await gate.wait()
        return web.Response()

    held = [asyncio.ensure_future(bound(post(SMALL_BODY), handler)) for _ in range(2)]
    await asyncio.sleep(0)
    assert registry.get_sample_value("http_requests_in_hand") == 2
    with pytest.raises(ServiceError) as caught:
        await bound(post(SMALL_BODY), handler)
    assert caught.value.code is ErrorCode.OVERLOADED
    gate.set()
    await asyncio.gather(*held)
    assert (await bound(post(SMALL_BODY), handler)).status == 200
    assert registry.get_sample_value("http_requests_in_hand") == 0


@pytest.mark.parametrize("headers", [LARGE_BODY, OF_UNKNOWN_LENGTH])
async def test_large_bodies_wait_in_turn_and_small_ones_pass_them(headers):
    bound = bound_middleware(10, large=1, large_wait=5, registry=CollectorRegistry())
    gate, begun = asyncio.Event(), []

    async def handler(request):
        begun.append(request)
        await gate.wait()
        return web.Response()

    large = [post(headers) for _ in range(3)]
    small = post(SMALL_BODY)
    answers = [asyncio.ensure_future(bound(request, handler)) for request in (*large, small)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert begun == [large[0], small]
    gate.set()
    assert [answer.status for answer in await asyncio.gather(*answers)] == [200] * 4
    assert begun == [large[0], small, *large[1:]]


async def test_a_large_body_that_waits_too_long_is_refused_and_takes_no_turn():
    bound = bound_middleware(10, large=1, large_wait=0.05, registry=CollectorRegistry())
    gate = asyncio.Event()

    async def handler(_):
        await gate.wait()
        return web.Response()

    first = asyncio.ensure_future(bound(post(LARGE_BODY), handler))
    await asyncio.sleep(0)
    with pytest.raises(ServiceError) as caught:
        async with asyncio.timeout(5):
            await bound(post(LARGE_BODY), handler)
    assert caught.value.code is ErrorCode.OVERLOADED
    gate.set()
    assert (await first).status == 200
    assert (await bound(post(LARGE_BODY), handler)).status == 200
