"""Whatever is sent: a reason that helps, and nothing of it in any log."""

import asyncio
import json
from uuid import uuid4

import pytest

pytestmark = pytest.mark.e2e

CANARY = f"canary-{uuid4().hex}"
KIB = 1024

BODIES = {
    "not JSON": (b"content=" + CANARY.encode(), 400, "the body is not valid JSON"),
    "half of JSON": (b'{"content": "' + CANARY.encode(), 400, "the body is not valid JSON"),
    "nothing": (b"", 400, "the body is not valid JSON"),
    "null": (b"null", 400, "Input should be an object"),
    "an array": (b"[]", 400, "Input should be an object"),
    "no content": (b"{}", 400, "content: Field required"),
    "empty content": (b'{"content": ""}', 400, "content: String should have at least 1 character"),
    "a number": (b'{"content": 5}', 400, "content: Input should be a valid string"),
    "an unknown field": (
        json.dumps({"content": CANARY, "burn": CANARY}).encode(),
        400,
        "burn: unknown field",
    ),
    "invalid UTF-8": (b'{"content": "' + CANARY.encode() + b'\xff"}', 400, "invalid unicode code point"),
    "half a surrogate": (b'{"content": "\\ud800"}', 400, "the body is not valid JSON"),
    "a slug of 300 characters": (
        json.dumps({"content": CANARY, "slug": "s" * 300}).encode(),
        400,
        "slug: String should have at most 255 characters",
    ),
    "a slug with a slash": (b'{"content": "x", "slug": "a/b"}', 400, "slug: String should match pattern"),
    "a reserved slug": (b'{"content": "x", "slug": "read"}', 400, "slug: the slug 'read' is reserved"),
    "a past expiry": (
        b'{"content": "x", "expires_at": "2020-01-01T00:00:00Z"}',
        400,
        "expires_at: the time is past",
    ),
    "an expiry far away": (
        b'{"content": "x", "expires_at": "9999-01-01T00:00:00Z"}',
        400,
        "expires_at: a note is kept for 365 days at most",
    ),
    "an expiry that is no time": (
        json.dumps({"content": "x", "expires_at": CANARY}).encode(),
        400,
        "expires_at: ",
    ),
    "2 MiB of text": (
        json.dumps({"content": CANARY + "x" * 2048 * KIB}).encode(),
        413,
        "are more than the limit of 524288 bytes",
    ),
    "4 MiB of text": (
        json.dumps({"content": CANARY + "x" * 4096 * KIB}).encode(),
        413,
        "larger than the limit of 3407872 bytes",
    ),
    "deep nesting": (b'{"content": ' + b"[" * 100_000, 400, "the body is not valid JSON"),
}


@pytest.mark.parametrize(("body", "status", "says"), BODIES.values(), ids=BODIES)
async def test_a_bad_create_is_refused_with_its_reason(api, body, status, says):
    answer = await api.call("POST", "/api/v1/note", data=body)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert says in answer.json["detail"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("content", ["\0", "a\0b", "\\u0000", "\u202e", "é" * 1000, "x" * 512 * KIB])
async def test_any_text_within_the_limit_comes_back_as_it_was(api, content):
    created = await api.post("/api/v1/note", {"content": content})
    assert created.status == 201
    assert (await api.post(f"/api/v1/note/{created.json['slug']}/view")).json["content"] == content


async def test_half_a_mebibyte_of_characters_that_json_escapes_fits(api):
    body = b'{"content": "' + b"\\u0000" * 512 * KIB + b'"}'
    created = await api.call("POST", "/api/v1/note", data=body)
    assert created.status == 201
    assert (await api.post(f"/api/v1/note/{created.json['slug']}/view")).json["content"] == "\0" * 512 * KIB


@pytest.mark.parametrize("slug", ["s" * 300, "a", "a%2Fb", "%00%00%00", "%ff%fe%fd", "%C3%A9%C3%A9%C3%A9"])
async def test_a_bad_slug_in_the_path_is_refused_with_its_reason(api, slug):
    for method, path in (("GET", ""), ("POST", "/view"), ("GET", "/meta")):
        answer = await api.call(method, f"/api/v1/note/{slug}{path}")
        assert answer.status in {400, 404}
        assert answer.json["detail"]


BAD_VIEWS = {
    b"{": "the body is not valid JSON",
    b"[]": "Input should be an object",
    b'{"claim": 5}': "claim: Input should be a valid string",
    b'{"password": NaN}': "password: Input should be a valid string",
    b'{"slug": "another"}': "slug: unknown field",
    b"\xff": "the body is not valid JSON",
}


@pytest.mark.parametrize(("body", "says"), BAD_VIEWS.items())
async def test_a_bad_view_burns_nothing(api, body, says):
    slug = (await api.post("/api/v1/note", {"content": "x"})).json["slug"]
    answer = await api.call("POST", f"/api/v1/note/{slug}/view", data=body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert says in answer.json["detail"]
    assert (await api.post(f"/api/v1/note/{slug}/view", {})).status == 200


async def test_a_compressed_body_is_refused(api):
    answer = await api.call("POST", "/api/v1/note", data=b"x", headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_encoding")


async def test_half_a_body_is_nobodys_error(api, stack):
    for url in stack.endpoints.gateways:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /api/v1/note HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + CANARY.encode()
        )
        await writer.drain()
        writer.transport.abort()
        # The log of the next test must be clean; this one waits until the gateway has noticed.
        for _ in range(2):
            assert (await api.get("/api/ping")).status == 200


@pytest.mark.parametrize("head", [b"X-Long: " + b"x" * 9000, b"Bad Header: x", b"Content-Length: -1"])
async def test_a_malformed_head_is_refused(stack, head):
    host, port = stack.endpoints.gateway.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"GET /api/ping HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        await writer.drain()
        async with asyncio.timeout(10):
            assert b" 400 " in await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_nothing_of_it_is_in_a_log_and_nothing_is_above_info(api, stack, logs):
    slug = f"slug-{CANARY}"
    await api.post("/api/v1/note", {"content": CANARY, "slug": slug})
    await api.post("/api/v1/note", {"content": CANARY, "slug": slug})
    await api.get(f"/api/v1/note/{slug}/meta?{CANARY}")
    await api.call("POST", "/api/v1/note", data=b'{"content": "' + CANARY.encode() + b'\xff"}')
    await api.post(f"/api/v1/note/{slug}/view")
    assert {log.stem for log in logs} >= {
        "auth-1",
        "gateway-1",
        "gateway-2",
        "mailer-1",
        "notes-1",
        "notes-2",
    }
    for log in logs:
        text = log.read_text()
        assert CANARY not in text, log.name
        for line in text.splitlines():
            if line.startswith("{"):
                assert json.loads(line)["level"] in {"debug", "info"} or "waiting for" in line, line
    assert len(stack.endpoints.metrics) == 4
    for url in [url for urls in stack.endpoints.metrics.values() for url in urls]:
        assert CANARY not in (await api.call("GET", url)).text
