"""Request and reply over a real NATS: what the chassis promises and nats-py alone does not."""

import asyncio
import json
import time
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis import rpc_server
from chassis.rpc_client import RpcClient
from contracts.actor import Actor
from contracts.context import DEADLINE
from contracts.errors import ErrorCode, ServiceError

from .conftest import Answer, Question, context, refused

pytestmark = pytest.mark.integration

SECRET = "correct horse battery staple"


async def test_a_request_is_answered_with_its_context_at_hand(serve):
    seen = []

    async def handler(request, context):
        seen.append(context)
        return Answer(text=request.text.upper())

    rpc = await serve(handler)
    asked = context(actor=Actor(UUID(int=1), UUID(int=2)))
    assert (await rpc.call(Question(text="why"), asked)).text == "WHY"
    assert seen == [asked]


async def test_a_service_error_arrives_whole(serve):
    async def handler(request, context):
        raise ServiceError(ErrorCode.NOTE_ALREADY_READ, "The note was already read.", read_at="then")

    error = await refused((await serve(handler)).call(Question(text="x"), context()))
    assert (error.code, error.detail, error.fields) == (
        "note_already_read",
        "The note was already read.",
        {"read_at": "then"},
    )


def unreadable_reply() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Answer.model_validate({"text": [SECRET]})
    return caught.value


@pytest.mark.parametrize(
    "failure",
    [ValueError(SECRET), asyncio.CancelledError(SECRET), KeyError(SECRET), unreadable_reply()],
    ids=["ValueError", "CancelledError", "KeyError", "ValidationError"],
)
async def test_an_unknown_error_leaves_as_internal_and_the_endpoint_lives(serve, capsys, failure):
    async def handler(request, context):
        if request.text == "fail":
            raise failure
        return Answer(text="fine")

    rpc = await serve(handler)
    error = await refused(rpc.call(Question(text="fail"), context()))
    assert error.code is ErrorCode.INTERNAL
    assert SECRET not in f"{error} {error.fields}"
    assert (await rpc.call(Question(text="x"), context())).text == "fine"
    written = capsys.readouterr().out
    assert SECRET not in written
    line = next(json.loads(text) for text in written.splitlines() if "a request failed" in text)
    assert (line["request_id"], line["operation"]) == ("test-request", "test_question")


async def test_a_secret_in_an_error_is_in_no_byte_of_the_reply(serve, connect):
    async def handler(request, context):
        raise ValueError(SECRET)

    await serve(handler)
    _, client = await connect("gateway")
    message = await client.request(Question.subject, b'{"text": "x"}', timeout=5, headers=context().headers())
    assert SECRET.encode() not in message.data
    assert SECRET not in json.dumps(message.headers)
    stats = await client.request("$SRV.STATS.notes", timeout=5)
    assert SECRET.encode() not in stats.data


async def test_ten_slow_requests_do_not_wait_for_each_other(serve):
    all_here = asyncio.Barrier(10)

    async def handler(request, context):
        await all_here.wait()
        return Answer(text=request.text)

    rpc = await serve(handler)
    answers = await asyncio.gather(*(rpc.call(Question(text=str(n)), context()) for n in range(10)))
    assert [answer.text for answer in answers] == [str(n) for n in range(10)]


async def test_beyond_the_bound_a_request_is_refused_at_once(serve):
    gate = asyncio.Event()

    async def handler(request, context):
        await gate.wait()
        return Answer(text="done")

    rpc = await serve(handler, rpc_concurrency=2)
    calls = [asyncio.create_task(rpc.call(Question(text="x"), context())) for _ in range(3)]
    done, held = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    (over,) = done
    assert over.exception().code is ErrorCode.OVERLOADED
    gate.set()
    assert [(await call).text for call in held] == ["done", "done"]


async def test_a_request_whose_deadline_has_passed_is_not_executed(serve, connect):
    executed = []

    async def handler(request, context):
        executed.append(request.text)
        return Answer(text="done")

    await serve(handler)
    _, client = await connect("gateway")
    late = {**context().headers(), DEADLINE: str(int(time.time() * 1000) - 1)}
    message = await client.request(Question.subject, b'{"text": "late"}', timeout=5, headers=late)
    assert json.loads(message.data)["code"] == "deadline_exceeded"
    assert executed == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"text": 5}', b'{"text": "x", "more": 1}', b"[]"])
async def test_what_does_not_parse_is_refused_with_a_reason(serve, connect, body):
    async def handler(request, context):
        return Answer(text="done")

    rpc = await serve(handler)
    error = await refused(rpc.forward(Question, body, context()))
    assert error.code is ErrorCode.INVALID_REQUEST
    assert error.detail


async def test_without_headers_a_request_is_refused(serve, connect):
    async def handler(request, context):
        return Answer(text="done")

    await serve(handler)
    _, client = await connect("gateway")
    message = await client.request(Question.subject, b'{"text": "x"}', timeout=5)
    assert json.loads(message.data)["code"] == "invalid_request"


async def test_a_stop_answers_what_has_arrived(connect):
    runtime, client = await connect("notes")
    rpc = RpcClient(*await connect("gateway"))
    gate = asyncio.Event()
    arrived = []

    async def handler(request, context):
        arrived.append(request.text)
        await gate.wait()
        return Answer(text=request.text)

    async def ask(n):
        return (await rpc.call(Question(text=str(n)), context())).text

    async with rpc_server.serving(runtime, client, (rpc_server.operation(Question, handler),)):
        calls = [asyncio.create_task(ask(n)) for n in range(50)]
        async with asyncio.timeout(5):
            while len(arrived) < 50:
                await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.2, gate.set)
    assert sorted(await asyncio.gather(*calls), key=int) == [str(n) for n in range(50)]
    assert (await refused(rpc.call(Question(text="x"), context()))).code is ErrorCode.UNAVAILABLE


async def test_readiness_is_lost_when_an_endpoint_dies(connect):
    async def handler(request, context):
        return Answer(text="done")

    runtime, client = await connect("notes")
    runtime.health.start_accepting()
    async with rpc_server.serving(runtime, client, (rpc_server.operation(Question, handler),)):
        assert runtime.health.report()[0]
        (task,) = (
            task
            for task in asyncio.all_tasks()
            if "_wait_for_msgs" in repr(task.get_coro()) and _subject_of(task) == Question.subject
        )
        task.cancel()
        await asyncio.wait([task])
        ready, words = runtime.health.report()
        assert not ready
        assert words["rpc"] == f"the subscription to {Question.subject} has ended"


def _subject_of(task):
    frame = task.get_coro().cr_frame
    return frame.f_locals["self"].subject if frame else None


async def test_discovery_finds_the_service_and_its_operations(serve, connect):
    async def handler(request, context):
        return Answer(text="done")

    await serve(handler)
    _, client = await connect("gateway")
    info = json.loads((await client.request("$SRV.INFO.notes", timeout=5)).data)
    assert info["name"] == "notes"
    assert [(row["name"], row["subject"], row["queue_group"]) for row in info["endpoints"]] == [
        ("test_question", Question.subject, "notes")
    ]
