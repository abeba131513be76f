"""Pages of other sites: those that are named, and never with credentials."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.cors import allowed_origins
from gateway.middleware.cors import cors_headers, preflight_middleware

OURS, THEIRS = "https://app.example.org", "https://evil.example.org"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


async def headers(origins, method, path="/api/ping", **sent):
    async def pong(_):
        return web.Response(text="pong")

    async def stream(request):
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    allowed = allowed_origins(origins)
    app = web.Application(middlewares=[preflight_middleware(allowed)])
    app.on_response_prepare.append(cors_headers(allowed))
    app.router.add_get("/api/ping", pong)
    app.router.add_get("/api/stream", stream)
    app.router.add_get("/page", pong)
    async with TestClient(TestServer(app)) as http, http.request(method, path, headers=sent) as answer:
        assert "Access-Control-Allow-Credentials" not in answer.headers
        return answer.status, answer.headers


async def test_a_named_origin_may_read_and_ask_first():
    status, got = await headers(OURS, "OPTIONS", Origin=OURS, **PREFLIGHT)
    assert (status, got["Access-Control-Allow-Origin"], got["Vary"]) == (204, OURS, "Origin")
    assert "Authorization" in got["Access-Control-Allow-Headers"]
    # Also of an answer whose handler goes on after it began.
    for path in ("/api/ping", "/api/stream"):
        status, got = await headers(OURS, "GET", path, Origin=OURS)
        assert (status, got["Access-Control-Allow-Origin"]) == (200, OURS)
    assert "RateLimit" in got["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", [THEIRS, "null", OURS + ".evil.example", "http://app.example.org", ""])
async def test_another_may_not(origin):
    for method, sent in (("OPTIONS", PREFLIGHT), ("GET", {})):
        status, got = await headers(OURS, method, Origin=origin, **sent)
        assert "Access-Control-Allow-Origin" not in got
        assert method == "OPTIONS" or got["Vary"] == "Origin"
        assert (method, status) != ("OPTIONS", 204)


async def test_all_are_all_and_pages_are_nobodys():
    _, got = await headers("*", "GET", Origin=THEIRS)
    assert got["Access-Control-Allow-Origin"] == "*"
    _, got = await headers("*", "GET", "/page", Origin=THEIRS)
    assert "Access-Control-Allow-Origin" not in got


def test_what_is_no_origin_is_refused():
    assert allowed_origins(" https://a.example , http://localhost:5173") == {
        "https://a.example",
        "http://localhost:5173",
    }
    for text in (
        "example.org",
        "https://a.example/",
        "https://a.example/path",
        "*, https://a.example",
        "null",
    ):
        with pytest.raises(ValueError, match=r"an origin is|stands alone"):
            allowed_origins(text)
