"""The bounds on requests in hand."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry

from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.bound import LARGE, Bounds, bound_middleware
from gateway.middleware.context import CLIENT

SMALL_BODY = {"Content-Length": str(LARGE)}
LARGE_BODY = {"Content-Length": str(LARGE + 1)}
OF_UNKNOWN_LENGTH = {"Transfer-Encoding": "chunked"}


BODY_BYTES = 10 * LARGE


def post(headers, client="a"):
    request = make_mocked_request("POST", "/", headers=headers, payload=object())
    request[CLIENT] = client
    return request


def bounded(registry=None, *, total=10, per_client=10, large=1, large_per_client=1, large_wait=5.0):
    return bound_middleware(
        Bounds(
            total=total,
            per_client=per_client,
            large=large,
            large_per_client=large_per_client,
            large_wait=large_wait,
            body_bytes=BODY_BYTES,
        ),
        registry or CollectorRegistry(),
    )


@pytest.fixture
def held():
    """A handler that keeps what it has begun until its gate opens."""

    class Held:
        def __init__(self):
            self.gate, self.begun = asyncio.Event(), []

        async def __call__(self, request):
            self.begun.append(request)
            await self.gate.wait()
            return web.Response()

    return Held()


async def turns_of_the_loop():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_request_more_than_the_bound_is_refused_at_once():
    registry = CollectorRegistry()
    bound = bounded(registry, total=2)
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
    bound = bounded()
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
    bound = bounded(large_wait=0.05)
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


async def test_a_client_who_has_its_part_in_hand_leaves_room_for_others(held):
    bound = bounded(total=3, per_client=2)
    answers = [asyncio.ensure_future(bound(post(SMALL_BODY), held)) for _ in range(3)]
    await turns_of_the_loop()
    with pytest.raises(ServiceError) as caught:
        await answers[2]
    assert caught.value.code is ErrorCode.OVERLOADED
    other = asyncio.ensure_future(bound(post(SMALL_BODY, "b"), held))
    await turns_of_the_loop()
    held.gate.set()
    assert [(await answer).status for answer in (*answers[:2], other)] == [200] * 3
    # What was in hand is not counted for ever.
    assert [(await bound(post(SMALL_BODY), held)).status for _ in range(5)] == [200] * 5


async def test_large_bodies_of_one_client_wait_for_each_other_and_not_others_for_them(held):
    bound = bounded(large=2, large_per_client=1)
    theirs = [post(LARGE_BODY) for _ in range(5)]
    other = post(LARGE_BODY, "b")
    answers = [asyncio.ensure_future(bound(request, held)) for request in (*theirs, other)]
    await turns_of_the_loop()
    assert held.begun == [theirs[0], other]
    held.gate.set()
    assert [answer.status for answer in await asyncio.gather(*answers)] == [200] * 6


async def test_who_gives_up_waiting_for_all_leaves_its_own_turn_to_itself(held):
    bound = bounded(large=1, large_wait=0.05)
    first = asyncio.ensure_future(bound(post(LARGE_BODY, "b"), held))
    await turns_of_the_loop()
    with pytest.raises(ServiceError):
        await bound(post(LARGE_BODY), held)
    second = asyncio.ensure_future(bound(post(LARGE_BODY), held))
    await turns_of_the_loop()
    held.gate.set()
    assert [answer.status for answer in await asyncio.gather(first, second)] == [200] * 2


async def test_what_says_that_it_is_too_large_is_not_waited_for(held):
    bound = bounded(total=1)
    first = asyncio.ensure_future(bound(post(SMALL_BODY), held))
    await turns_of_the_loop()
    with pytest.raises(ServiceError) as caught:
        await bound(post({"Content-Length": str(BODY_BYTES + 1)}), held)
    assert caught.value.code is ErrorCode.BODY_TOO_LARGE
    held.gate.set()
    await first
