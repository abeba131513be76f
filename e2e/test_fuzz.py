"""Whatever is sent on a subject of NATS: a coded reply in time, nothing `internal`, and the endpoint lives.

`ONASTY_FULL=1` sends 10,000 payloads to each subject instead of 300.
"""

import asyncio
import json
import os
from uuid import UUID

import nats
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.actor import Actor
from contracts.context import ACTOR, CLIENT, DEADLINE, IDEMPOTENCY_KEY, REQUEST_ID, RequestContext
from contracts.errors import ERROR_CODE_HEADER, ErrorReply
from contracts.registry import REQUESTS

pytestmark = pytest.mark.e2e

PAYLOADS = 10_000 if os.environ.get("ONASTY_FULL") else 300
# So few that a second is enough also where each hashes a password.
AT_ONCE = 5
WITHIN = 1.0

# What a field might hold, so that payloads also come past the first look.
PLAUSIBLE = st.sampled_from(
    [
        "a-slug-of-fuzz",
        "read",
        "fuzz@example.org",
        "Fuzz <fuzz@example.org>",
        "fuzz@\0example.org",
        "fuzz@xn--a",
        "correct horse battery",
        "2099-01-01T00:00:00Z",
        "2027-02-30T00:00:00Z",
        "9999-12-31T23:59:60+23:59",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        str(UUID(int=1)),
        "A" * 22,
        "A" * 43,
        "AAAAAAAAAAAAAAAAAAAAA=",
        "x" * 100_000,
        "",
        "\0",
        "a\0b",
        "\u202e\ufeff",
        "e\u0301",
        True,
        0,
        -1,
        100,
        2**31,
        2**63,
        10**400,
        1e308,
        "all",
        "sent",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | PLAUSIBLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=3,
)
HEADERS = st.sampled_from(
    [
        {},
        {},
        {},
        {ACTOR: str(Actor(UUID(int=1), UUID(int=2)))},
        {ACTOR: str(Actor(UUID(int=1), UUID(int=2))), CLIENT: "c"},
        {ACTOR: "user:"},
        {ACTOR: "client:x:y:z"},
        {DEADLINE: "soon"},
        {DEADLINE: "-1"},
        {DEADLINE: "9" * 30},
        {DEADLINE: "-" + "9" * 400},
        {DEADLINE: "9" * 400},
        {DEADLINE: "9" * 5000},
        {REQUEST_ID: "x" * 2000},
        {CLIENT: "x" * 5000, IDEMPOTENCY_KEY: "k"},
        {IDEMPOTENCY_KEY: "k" * 3000},
        {"traceparent": "00-" + "0" * 200},
    ]
)


def payloads(request):
    fields = dict.fromkeys(request.model_fields, PLAUSIBLE | VALUES)
    objects = (
        st.fixed_dictionaries({}, optional={**fields, "unknown": VALUES}).map(json.dumps).map(str.encode)
    )
    cut = st.builds(lambda data, end: data[: end % (len(data) + 1)], objects, st.integers(0, 10_000))
    return objects | objects | cut | VALUES.map(json.dumps).map(str.encode) | st.binary(max_size=2000)


@pytest.fixture(scope="session")
async def wire(stack):
    client = await nats.connect(stack.endpoints.nats)
    yield client
    await client.close()


async def ask(wire, request, payload, headers) -> None:
    """Fails unless a reply comes within a second, and is one that the contract knows."""
    # The deadline is further, so that a late reply is missed here and not refused there.
    context = RequestContext.lasting(5 * WITHIN, request_id="fuzz").headers()
    reply = await wire.request(request.subject, payload, timeout=WITHIN, headers={**context, **headers})
    code = (reply.headers or {}).get(ERROR_CODE_HEADER)
    if code is None:
        request.reply_type.model_validate_json(reply.data)
    else:
        assert ErrorReply.model_validate_json(reply.data).code == code
        assert code not in {"internal", "timeout", "overloaded"}


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.subject)
async def test_any_payload_gets_a_coded_reply_within_a_second(wire, request_):
    asked = 0
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=PAYLOADS // AT_ONCE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(payloads(request_), HEADERS), min_size=AT_ONCE, max_size=AT_ONCE))
    def fuzz(sent):
        nonlocal asked

        async def send():
            await asyncio.gather(*(ask(wire, request_, *one) for one in sent))

        asyncio.run_coroutine_threadsafe(send(), loop).result()
        asked += len(sent)

    # Hypothesis calls a plain function; it does so in a thread, and the requests go from this loop.
    await asyncio.to_thread(fuzz)
    assert asked >= PAYLOADS


async def test_every_replica_is_still_ready(wire, stack, api):
    for urls in stack.endpoints.metrics.values():
        for url in urls:
            assert (await api.get(url.replace("/metrics", "/readyz"))).status == 200
