"""What a caller gets of a request over a real NATS, whatever happens, and that nothing is kept of it."""

import asyncio
import time

import pytest

from chassis import broker
from chassis.rpc_client import RpcClient
from chassis.settings import ServiceSettings
from contracts.auth.rpc import PingAuth
from contracts.errors import ErrorCode

from .conftest import Answer, Question, context, refused

pytestmark = pytest.mark.integration


def waiting(rpc: RpcClient) -> int:
    return len(rpc._replies._waiting)


class Held:
    """A handler that holds its answers back until it is told."""

    def __init__(self) -> None:
        self.arrived = asyncio.Semaphore(0)
        self.gate = asyncio.Event()

    async def __call__(self, request, context):
        if request.text == "held":
            self.arrived.release()
            await self.gate.wait()
        return Answer(text=request.text)


async def test_a_caller_past_its_deadline_does_not_even_ask(serve):
    executed = []

    async def handler(request, context):
        executed.append(request.text)
        return Answer(text="done")

    rpc = await serve(handler)
    error = await refused(rpc.call(Question(text="late"), context(-1)))
    assert error.code is ErrorCode.DEADLINE_EXCEEDED
    assert (await rpc.call(Question(text="next"), context())).text == "done"
    assert executed == ["next"]


async def test_nobody_there_is_unavailable_at_once(connect):
    rpc = RpcClient(*await connect("gateway"))
    started = time.monotonic()
    error = await refused(rpc.call(Question(text="x"), context(30)))
    assert error.code is ErrorCode.UNAVAILABLE
    assert time.monotonic() - started < 15


async def test_no_answer_in_time_is_a_timeout(serve):
    asked_too_long = asyncio.Event()

    async def handler(request, context):
        await asked_too_long.wait()
        return Answer(text="late")

    rpc = await serve(handler)
    error = await refused(rpc.call(Question(text="x"), context(0.2)))
    asked_too_long.set()
    assert error.code is ErrorCode.TIMEOUT


async def test_without_nats_a_call_is_unavailable_at_once_and_leaves_nothing_behind(connect):
    runtime, client = await connect("gateway")
    rpc = RpcClient(runtime, client)
    await client.close()
    for _ in range(5):
        assert (await refused(rpc.call(Question(text="x"), context()))).code is ErrorCode.UNAVAILABLE
    assert waiting(rpc) == 0


async def test_an_answer_that_comes_too_late_is_dropped(serve):
    held = Held()
    rpc = await serve(held)
    error = await refused(rpc.call(Question(text="held"), context(0.2)))
    assert error.code is ErrorCode.TIMEOUT
    assert waiting(rpc) == 0
    held.gate.set()
    assert (await rpc.call(Question(text="next"), context())).text == "next"


async def test_the_answer_still_comes_when_the_connection_broke_meanwhile(serve):
    held = Held()
    rpc = await serve(held)
    call = asyncio.create_task(rpc.call(Question(text="held"), context()))
    await held.arrived.acquire()
    client = rpc._client
    client._transport._io_writer.transport.abort()
    async with asyncio.timeout(5):
        while not (client.stats["reconnects"] and client.is_connected):
            await asyncio.sleep(0.01)
    await client.flush()  # the subscription was made anew before
    held.gate.set()
    assert (await call).text == "held"
    assert waiting(rpc) == 0


async def test_without_a_connection_a_request_under_way_ends_at_its_deadline(serve):
    held = Held()
    rpc = await serve(held)
    call = asyncio.create_task(refused(rpc.call(Question(text="held"), context(0.5))))
    await held.arrived.acquire()
    await rpc._client.close()
    assert (await call).code is ErrorCode.TIMEOUT
    assert waiting(rpc) == 0
    held.gate.set()


async def test_what_nats_refuses_is_a_timeout(servers, make_runtime):
    runtime = make_runtime("gateway", ServiceSettings, nats_url=servers.nats_users["gateway"])
    async with broker.connected(runtime) as client:
        rpc = RpcClient(runtime, client)
        assert (await refused(rpc.call(PingAuth(), context(0.3)))).code is ErrorCode.TIMEOUT
        assert runtime.metrics.get_sample_value("nats_permission_violations_total") == 1
        assert waiting(rpc) == 0


async def test_ten_thousand_requests_leave_nothing_behind(serve):
    held = Held()
    rpc = await serve(held)

    async def ask(number: int) -> None:
        for turn in range(50):
            text = f"{number}.{turn}"
            assert (await rpc.call(Question(text=text), context(30))).text == text

    abandoned = [asyncio.create_task(rpc.call(Question(text="held"), context(30))) for _ in range(20)]
    for _ in abandoned:
        await held.arrived.acquire()
    await asyncio.gather(*(ask(number) for number in range(200)))
    assert waiting(rpc) == len(abandoned)
    for call in abandoned:
        call.cancel()
    await asyncio.wait(abandoned)
    assert waiting(rpc) == 0
    held.gate.set()


async def test_the_first_requests_at_once_share_one_inbox(serve):
    rpc = await serve(Held())
    answers = await asyncio.gather(*(rpc.call(Question(text=str(n)), context()) for n in range(50)))
    assert [answer.text for answer in answers] == [str(n) for n in range(50)]
    assert len(rpc._client._subs) == 1
