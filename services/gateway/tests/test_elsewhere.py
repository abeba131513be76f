"""A gateway without NATS gives requests back to a proxy that knows others, and to nobody else."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from chassis.tracing import Tracing
from gateway.client_address import ClientAddresses
from gateway.middleware.context import Traces, context_middleware
from gateway.middleware.elsewhere import ELSEWHERE, OTHERS_HEADER, elsewhere_middleware

KNOWS_OTHERS = {OTHERS_HEADER: "yes"}


@pytest.fixture
async def asked():
    """`await asked(is_connected, headers)`: status, code, and whether its handler was called."""

    async def asked(is_connected, headers):
        called = []

        async def handler(_):
            called.append(True)
            return web.json_response({"code": "ok"})

        context = context_middleware(ClientAddresses(b"key"), Traces(Tracing(), 0))
        app = web.Application(middlewares=[context, elsewhere_middleware(lambda: is_connected)])
        app.router.add_post("/api/v1/note", handler)
        async with (
            TestClient(TestServer(app)) as client,
            client.post("/api/v1/note", headers=headers, data=b"{}") as answer,
        ):
            return answer.status, (await answer.json(content_type=None))["code"], bool(called)

    return asked


async def test_what_comes_from_a_proxy_goes_back_untouched(asked):
    assert await asked(False, KNOWS_OTHERS) == (ELSEWHERE, "unavailable", False)


@pytest.mark.parametrize(("is_connected", "headers"), [(True, KNOWS_OTHERS), (True, {}), (False, {})])
async def test_everything_else_is_answered_here(asked, is_connected, headers):
    assert await asked(is_connected, headers) == (200, "ok", True)
