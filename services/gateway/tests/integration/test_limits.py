"""Limits in a real Redis, shared by gateways: exact, truthful, and what holds without it."""

import asyncio
import hmac
import time
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from chassis import broker, logs, redis, rpc_server
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from chassis.settings import RpcSettings
from contracts.notes.rpc import CreateNote, NoteCreatedReply
from gateway.app import application
from gateway.limits import local_buckets
from gateway.revocations import Revocations
from gateway.settings import GatewaySettings
from gateway.signing_keys import PublishedKeys

from .conftest import NOBODY

pytestmark = pytest.mark.integration

PUBLIC = "http://127.0.0.1"


@pytest.fixture
async def gateway(servers):
    """`await gateway(limit_general="10/600")`: another one, with the same key, whose limits start fresh."""
    key = uuid4().hex
    async with AsyncExitStack() as opened:

        async def start(**settings) -> TestClient:
            given = {
                "nats_url": servers.nats,
                "redis_url": servers.redis,
                "public_url": PUBLIC,
                "client_key": key,
                **settings,
            }
            runtime = Runtime("gateway", GatewaySettings(**given), logs.configure("gateway", level="error"))
            client = await opened.enter_async_context(broker.connected(runtime))
            shared = await opened.enter_async_context(redis.connected(runtime, runtime.settings.redis_url))
            rpc = RpcClient(runtime, client)
            app = application(
                runtime, rpc, PublishedKeys(rpc, runtime.log), Revocations(runtime.metrics), shared
            )
            http = await opened.enter_async_context(TestClient(TestServer(app)))
            http.metrics = runtime.metrics
            return http

        yield start


async def ask(http, method="GET", path="/api/ping", **options):
    async with http.request(method, path, **options) as answer:
        await answer.read()
        return answer


async def sign_in(http, email="a@example.org", path="signin", **options):
    # Nobody serves auth here: what passes the limits is 503.
    body = {"email": email, "password": "x" * 8}
    return (await ask(http, "POST", f"/api/v1/auth/{path}", json=body, **options)).status


async def test_two_gateways_share_one_limit_and_both_tell_the_truth(gateway):
    gateways = [await gateway(limit_general="10/600") for _ in range(2)]
    answers = [await ask(gateways[number % 2]) for number in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    for number, answer in enumerate(answers[:10]):
        assert answer.headers["RateLimit-Policy"] == '"general";q=10;w=600'
        name, remaining, reset = answer.headers["RateLimit"].split(";")
        assert (name, remaining) == ('"general"', f"r={9 - number}")
        assert 60 * number < int(reset.removeprefix("t=")) <= 60 * (number + 1)
    refused = answers[10]
    assert 55 < int(refused.headers["Retry-After"]) <= 60
    body = await refused.json()
    assert (body["code"], body["retry_after"]) == ("too_many_requests", int(refused.headers["Retry-After"]))
    assert refused.headers["RateLimit"].startswith('"general";r=0;t=')


async def test_a_limit_holds_however_many_come_at_once(gateway):
    gateways = [await gateway(limit_general="40/600") for _ in range(2)]
    answers = await asyncio.gather(*(ask(gateways[number % 2]) for number in range(80)))
    passed = sum(answer.status == 200 for answer in answers)
    # Blocks of 5 that a gateway holds may be what the other refuses.
    assert 40 - 2 * 5 <= passed <= 40


async def test_who_asks_once_takes_one_from_what_gateways_share(gateway):
    gateways = [await gateway(limit_general="40/600") for _ in range(2)]
    left = [(await ask(http)).headers["RateLimit"].split(";")[1] for http in gateways]
    assert left == ["r=39", "r=38"]


async def test_what_was_waited_for_is_there_and_no_more(gateway):
    http = await gateway(limit_slow="20/20")
    began = time.monotonic()
    granted = 0
    while granted < 22:
        granted += await sign_in(http, f"{granted}@example.org") == 503
        # All of it would be there again after 20 seconds.
        assert granted <= 20 + time.monotonic() - began
        assert time.monotonic() < began + 15


@pytest.mark.parametrize(
    "header",
    [{"X-Forwarded-For": "192.0.2.{}"}, {"Forwarded": "for=192.0.2.{}"}, {"X-Real-Ip": "192.0.2.{}"}],
)
async def test_a_stranger_who_forges_a_header_stays_who_it_is(gateway, header):
    http = await gateway(limit_general="3/600")
    forged = [{name: value.format(number) for name, value in header.items()} for number in range(4)]
    assert [(await ask(http, headers=headers)).status for headers in forged] == [200, 200, 200, 429]


async def test_clients_of_a_trusted_proxy_are_told_apart(gateway):
    http = await gateway(limit_general="1/600", trusted_proxies="127.0.0.0/8")

    async def status(forwarded):
        return (await ask(http, headers={"X-Forwarded-For": forwarded})).status

    assert [await status("192.0.2.1"), await status("192.0.2.1"), await status("192.0.2.2")] == [
        200,
        429,
        200,
    ]
    # What the client itself wrote stands to the left.
    assert await status("198.51.100.7, 192.0.2.1") == 429
    assert [await status("2001:db8:1:2::1"), await status("2001:db8:1:2:ffff::2")] == [200, 429]
    assert await status("2001:db8:1:3::1") == 200


async def test_services_are_told_the_same_client(gateway, servers):
    told = []

    async def create(_, context):
        told.append(context.client)
        return NoteCreatedReply(slug="slug")

    http = await gateway(trusted_proxies="127.0.0.1", public_url=PUBLIC, client_key="k" * 32)
    runtime = Runtime("notes", RpcSettings(nats_url=servers.nats), logs.configure("notes", level="error"))
    rows = (rpc_server.operation(CreateNote, create),)
    async with broker.connected(runtime) as client, rpc_server.serving(runtime, client, rows):
        for forwarded in ("192.0.2.1", "2001:db8::1", "2001:db8::2"):
            headers = {"X-Forwarded-For": forwarded}
            assert (
                await ask(http, "POST", "/api/v1/note", json={"content": "x"}, headers=headers)
            ).status == 201
    hashed = [hmac.digest(b"k" * 32, name, "sha256")[:16].hex() for name in (b"192.0.2.1", b"2001:db8::/64")]
    assert told == [hashed[0], hashed[1], hashed[1]]


async def test_guesses_are_limited_by_client_and_by_account(gateway):
    http = await gateway(limit_slow="3/600", limit_account="100/600")
    statuses = [await sign_in(http, f"{number}@example.org") for number in range(4)]
    assert statuses == [503, 503, 503, 429]
    assert (await ask(http)).status == 200  # what is no guess goes on

    http = await gateway(limit_account_client="2/600", client_key="k" * 20 + uuid4().hex)
    spellings = ["b@example.org", " B@Example.ORG", "b@example.org"]
    assert [await sign_in(http, email) for email in spellings] == [503, 503, 429]
    assert await sign_in(http, "c@example.org") == 503


async def test_a_stranger_keeps_nobody_from_signing_in(gateway):
    http = await gateway(limit_account_client="3/600", limit_account="5/600", trusted_proxies="127.0.0.1")

    async def come(number, times, path="signin"):
        client = {"X-Forwarded-For": f"192.0.2.{number}"}
        return [await sign_in(http, path=path, headers=client) for _ in range(times)]

    # What the first is refused takes nothing from what all may.
    assert await come(1, 10) == [503] * 3 + [429] * 7
    assert await come(2, 1) == [503]
    # Letters are counted by themselves, whichever they are.
    assert await come(1, 2, "resend-verification-email") == [503] * 2
    assert await come(1, 2, "signup") == [503, 429]
    # And all together have an end.
    assert await come(3, 2) == [503, 429]
    assert await come(4, 1) == [429]


async def test_how_busy_an_account_is_is_told_to_nobody_before_it_refuses(gateway):
    http = await gateway(limit_account="1/600")
    body = {"email": "d@example.org", "password": "x" * 8}
    answers = [await ask(http, "POST", "/api/v1/auth/signin", json=body) for _ in range(2)]
    assert [answer.status for answer in answers] == [503, 429]
    assert ['"account"' in answer.headers["RateLimit"] for answer in answers] == [False, True]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(
            ("POST", f"auth/{name}")
            for name in (
                "signin",
                "signup",
                "resend-verification-email",
                "reset-password",
                "reset-password/confirm",
                f"reset-password/{'x' * 43}",
                "change-password",
                "change-email",
            )
        ),
        ("GET", "auth/oauth/google"),
        ("POST", "session"),
        ("DELETE", "me"),
        ("GET", "me/export"),
    ],
)
async def test_what_guesses_or_sends_mail_is_slow(gateway, method, path):
    http = await gateway(limit_slow="1/600")
    asked = {"json": {}, "headers": {"Origin": PUBLIC}}
    first, second = [await ask(http, method, f"/api/v1/{path}", **asked) for _ in range(2)]
    assert first.status != 429
    assert second.status == 429


async def test_a_cookie_session_is_opened_under_the_same_limit(gateway):
    http = await gateway(limit_account_client="2/600")
    assert [await sign_in(http) for _ in range(2)] == [503, 503]
    body = {"email": "a@example.org", "password": "x" * 8}
    assert (await ask(http, "POST", "/api/v1/session", json=body, headers={"Origin": PUBLIC})).status == 429


async def test_note_passwords_are_guesses(gateway):
    http = await gateway(limit_slow="2/600")
    guess = {"method": "POST", "path": "/api/v1/note/slug/view", "json": {"password": "x"}}
    assert [(await ask(http, **guess)).status for _ in range(3)] == [503, 503, 429]
    assert (await ask(http, **{**guess, "json": {}})).status == 503


async def test_a_refusal_reads_no_body(gateway):
    http = await gateway(limit_general="1/600")
    await ask(http)

    async def endless():
        while True:
            yield b"x" * 1024
            await asyncio.sleep(0.01)

    async with asyncio.timeout(2):
        assert (await ask(http, "POST", "/api/v1/note", data=endless())).status == 429


async def test_preflights_and_misframed_requests_count(gateway):
    http = await gateway(limit_general="2/600", cors_origins="https://a.example")
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    answers = [await ask(http, "OPTIONS", "/api/v1/note", headers=headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [204, 204, 429]
    # The page may read the refusal.
    assert answers[2].headers["Access-Control-Allow-Origin"] == "https://a.example"
    reader, writer = await asyncio.open_connection(http.server.host, http.server.port)
    writer.write(b"POST /api/v1/note HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    async with asyncio.timeout(5):
        assert b" 429 " in await reader.readline()
    writer.close()


async def test_slow_bodies_of_one_client_keep_no_other_from_being_heard(gateway):
    http = await gateway(limit_general="100000/1", concurrency=40, concurrency_per_client=20, large_bodies=2)
    head = "POST /api/v1/note HTTP/1.1\r\nHost: x\r\n"
    half_bodies = [
        *[f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"] * 10,
        *[f"{head}Content-Length: 100\r\n\r\nx"] * 54,
    ]
    writers = []
    for half in half_bodies:
        _, writer = await asyncio.open_connection(
            http.server.host, http.server.port, local_addr=("127.0.0.3", 0)
        )
        writers.append(writer)
        writer.write(half.encode())
    async with asyncio.timeout(5):
        while http.metrics.get_sample_value("http_requests_in_hand") != 20:
            await asyncio.sleep(0.01)
    try:
        for length in (10, 70_000):
            # Well before the first of the slow ones is given up.
            async with asyncio.timeout(5):
                body = {"content": "x" * length}
                async with http.post("/api/v1/note", json=body) as answer:
                    # Nobody serves notes here: this one would have been done.
                    assert (answer.status, (await answer.json())["code"]) == (503, "unavailable")
    finally:
        for writer in writers:
            writer.transport.abort()


async def test_without_redis_general_is_open_and_slow_is_local(gateway):
    http = await gateway(limit_general="1/600", limit_slow="2/600", limit_account="100/600", redis_url=NOBODY)
    answers = [await ask(http) for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    assert "RateLimit" not in answers[0].headers
    assert [await sign_in(http) for _ in range(3)] == [503, 503, 429]

    def sample(limit):
        return http.metrics.get_sample_value("rate_limit_without_redis_total", {"limit": limit})

    assert (sample("general"), sample("slow"), sample("account")) == (6, 3, 2)
    assert http.metrics.get_sample_value("rate_limit_shared") == 0


async def test_without_redis_many_clients_do_not_push_out_an_account(gateway, monkeypatch):
    monkeypatch.setattr(local_buckets, "MAX_BUCKETS", 2)
    http = await gateway(limit_account="3/600", redis_url=NOBODY, trusted_proxies="127.0.0.1")
    clients = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(4)]
    assert [await sign_in(http, headers=client) for client in clients] == [503] * 3 + [429]


async def test_no_address_is_in_redis(gateway, servers, shared_redis):
    http = await gateway(trusted_proxies="127.0.0.1")
    await ask(http, headers={"X-Forwarded-For": "192.0.2.77"})
    await sign_in(http, "canary@example.org")
    keys = b" ".join([key async for key in shared_redis.scan_iter("limit:*")])
    assert b"limit:general:" in keys
    assert b"limit:account:" in keys
    for canary in (b"192.0.2", b"127.0.0", b"canary", b"example"):
        assert canary not in keys
    for key in keys.split():
        assert await shared_redis.pttl(key) != -1  # it goes away by itself
