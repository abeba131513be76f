from __future__ import annotations

from contextlib import AsyncExitStack

import nats
import pytest

from chassis import broker, rpc_server
from chassis.rpc_client import RpcClient
from chassis.settings import RpcSettings
from contracts.context import RequestContext
from contracts.errors import ServiceError
from contracts.messages import Reply, Request


class Answer(Reply):
    text: str


class Question(Request[Answer], subject="notes.v1.test_question"):
    text: str


def context(seconds: float = 5.0, **values) -> RequestContext:
    return RequestContext.lasting(seconds, request_id="test-request", **values)


async def refused(call) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await call
    return caught.value


@pytest.fixture
async def client(servers):
    """To NATS, as an operator of the tests: it may do all."""
    client = await nats.connect(servers.nats)
    yield client
    await client.close()


@pytest.fixture
async def stack():
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def connect(servers, make_runtime, stack):
    """Connect to NATS as an administrator, under the name of a service; gives runtime and client."""

    async def connect_as(name: str, **settings):
        runtime = make_runtime(name, RpcSettings, nats_url=servers.nats, **settings)
        return runtime, await stack.enter_async_context(broker.connected(runtime))

    return connect_as


@pytest.fixture
def serve(connect, stack):
    """Serve `Question` with a handler, and give a client for it."""

    async def serve_question(handler, **settings) -> RpcClient:
        runtime, client = await connect("notes", **settings)
        rows = (rpc_server.operation(Question, handler),)
        await stack.enter_async_context(rpc_server.serving(runtime, client, rows))
        return RpcClient(*await connect("gateway"))

    return serve_question
