"""Caddy serves the client as a gateway would, leads to the gateways, and writes down nobody's addresses."""

import asyncio
import json
import os
import re
import subprocess

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from deployment.caddy import caddy_before
from deployment.foreign_metrics import OF_CADDY, TARGET
from devstack.ports import LOOPBACK, free_ports
from devstack.repository import ROOT
from gateway.http.pages import PageHandlers, not_found_middleware
from gateway.routes import page_routes
from gateway.security_headers import STANDARD, SecurityHeaders

from .upstreams import CUT, WITHIN, always, cutting, serving, whole

FOLDER = ROOT / "infra" / "caddy"
CLIENT = {
    "index.html": "<!doctype html>the page",
    "index.html.br": "the page in br",
    "index.html.gz": "the page in gzip",
    "icons/onasty.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    ".made-of": "a checksum",
    "assets/app-1a2b.js": "the script",
    "assets/app-1a2b.js.br": "the script in br",
    "assets/style-3c4d.css": "the style",
    "assets/argon2-5e6f.js": "the worker",
}
COMPARED = ("Cache-Control", "Content-Security-Policy", "X-Robots-Tag", "Content-Type", "Content-Encoding")
BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip, br"}
SECRET = "Jx2mVfrXyGg6JqPZ0n0o8w"


@pytest.fixture(scope="module")
def web_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("web")
    for name, content in CLIENT.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content)
    return root


def pages_app(web_root):
    """The client as the gateway serves it, without the API."""
    pages = PageHandlers(web_root)
    app = web.Application(middlewares=[not_found_middleware(pages)])
    app.add_routes(page_routes(pages))
    security = SecurityHeaders(hsts_max_age=600)

    async def add(_, response):
        security.add(response.headers)

    app.on_response_prepare.append(add)
    return app


def api_app(released):
    """What stands behind Caddy: it says what it was told, and streams."""

    async def told(request):
        return web.json_response(
            {"for": request.headers.getall("X-Forwarded-For"), "path": request.raw_path}, headers=STANDARD
        )

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"event: snapshot\n\n")
        await released.wait()
        return response

    app = web.Application()
    app[CUT] = []
    app.add_routes(
        [
            web.get("/api/v1/events", stream),
            web.route("*", "/api/v1/note/cut", cutting),
            web.route("*", "/{path:.*}", told),
        ]
    )
    return app


@pytest.fixture(scope="module")
def released():
    return asyncio.Event()


@pytest.fixture(scope="module")
def api(released):
    return api_app(released)


@pytest.fixture(scope="module")
async def caddy(web_root, released, api, tmp_path_factory):
    """Its address, and its log, before two gateways of which one is away."""
    (nobody,) = free_ports(1)
    async with serving(api) as gateway:
        gateways, folder = [f"{LOOPBACK}:{nobody}", gateway], tmp_path_factory.mktemp("caddy")
        async with caddy_before(gateways, folder, web_root=web_root, hsts_max_age=600) as running:
            yield running
            released.set()


async def answers(session, url):
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
async def test_it_serves_the_client_as_a_gateway_does(caddy, web_root, session, encoding):
    app = pages_app(web_root)
    paths = {resource.canonical.replace("{slug}", SECRET) for resource in app.router.resources()}
    paths -= {"/assets/{name}"}
    paths |= {f"/{name}" for name in CLIENT} | {"/nowhere", "/secret", "/secret/a/b", "/assets/gone.js"}
    headers = {**BROWSER, "Accept-Encoding": encoding}
    async with serving(app) as gateway:
        for path in sorted(paths):
            theirs = await told(session, f"http://{gateway}{path}", headers)
            assert await told(session, f"{caddy[0]}{path}", headers) == theirs, path


async def told(session, url, headers):
    async with session.get(url, headers=headers) as response:
        if response.status == 404 and "text/html" not in response.headers.get("Content-Type", ""):
            return 404
        names = [*COMPARED, *STANDARD, "Strict-Transport-Security"]
        return response.status, await response.read(), {name: response.headers.get(name) for name in names}


async def test_what_a_browser_has_is_not_sent_again(caddy, session):
    async with session.get(f"{caddy[0]}/assets/app-1a2b.js", headers=BROWSER) as response:
        tag = response.headers["ETag"]
        assert response.headers["Vary"] == "Accept-Encoding"
    async with session.get(
        f"{caddy[0]}/assets/app-1a2b.js", headers={**BROWSER, "If-None-Match": tag}
    ) as again:
        assert again.status == 304


async def test_the_api_is_the_gateways_own_and_one_that_is_away_is_passed_over(caddy, session):
    for number in range(10):
        headers = {"X-Forwarded-For": "192.0.2.7"}
        async with session.post(
            f"{caddy[0]}/api/v1/note?n={number}", data=b"{}", headers=headers
        ) as response:
            assert response.status == 200
            # What a client says of itself does not count.
            assert await response.json() == {"for": [LOOPBACK], "path": f"/api/v1/note?n={number}"}
            assert response.headers.getall("Server") == ["onasty"]
            assert response.headers.getall("X-Content-Type-Options") == ["nosniff"]
            assert "Via" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_a_gateway_may_have_done_is_not_asked_for_again(caddy, api, session, method):
    for _ in range(3):
        # So that Caddy has a connection that it knows.
        async with session.get(f"{caddy[0]}/api/v1/note/other") as response:
            assert response.status == 200
        asked = len(api[CUT])
        async with session.request(method, f"{caddy[0]}/api/v1/note/cut") as response:
            assert response.status == 504
        assert api[CUT][asked:] == [method]


async def test_its_metrics_say_what_it_answered_and_nothing_of_what_was_asked(web_root, tmp_path, session):
    (port,) = free_ports(1)
    async with (
        serving(always(whole)) as gateway,
        caddy_before([gateway], tmp_path, web_root=web_root, metrics_port=port) as (base, _),
    ):
        for path in (f"/api/v1/note/{SECRET}/view", f"/secret/{SECRET}", f"/nowhere/{SECRET}?{SECRET}"):
            async with session.get(base + path) as response:
                await response.read()
        async with session.get(
            f"http://{LOOPBACK}:{port}/metrics", headers={"Accept-Encoding": "identity"}
        ) as response:
            text = await response.text()
    counted = dict(
        re.findall(r'request_duration_seconds_count{code="(\d+)",handler="subroute".* (\d+)', text)
    )
    assert counted["200"] != "0"
    assert counted["404"] == "1"
    assert SECRET not in text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    for name, labels in OF_CADDY.items():
        found = {label for sample in samples if sample.name == name for label in sample.labels}
        assert found == labels - TARGET


async def test_events_come_when_they_happen(caddy, session):
    async with asyncio.timeout(WITHIN), session.get(f"{caddy[0]}/api/v1/events") as response:
        assert await response.content.readline() == b"event: snapshot\n"


async def test_no_log_tells_what_was_asked_for_or_by_whom(caddy, session):
    base, log = caddy
    headers = {"Authorization": f"Bearer {SECRET}", "Referer": f"https://x/{SECRET}", "Cookie": f"a={SECRET}"}
    asked = len(log.read_text().splitlines())
    for path in (f"/secret/{SECRET}", f"/api/v1/note/{SECRET}/view", f"/nowhere/{SECRET}", f"/x?{SECRET}"):
        async with session.get(base + path, headers=headers) as response:
            await response.read()
    async with asyncio.timeout(WITHIN):
        while len(log.read_text().splitlines()) < asked + 4:
            await asyncio.sleep(0.05)
    text = log.read_text()
    assert SECRET not in text
    lines = [json.loads(line) for line in text.splitlines() if "handled request" in line]
    assert {line["request"]["client_ip"] for line in lines} == {"127.0.0.0"}


async def test_without_a_gateway_the_answer_is_a_problem_and_no_log_says_more(scripts, tmp_path, session):
    port, health, metrics, nobody = free_ports(4)
    for file in FOLDER.iterdir():
        text = file.read_text().replace("lb_try_duration 5s", "lb_try_duration 100ms")
        (tmp_path / file.name).write_text(text)
    (tmp_path / "upstreams.caddy").write_text(f"to {LOOPBACK}:{nobody}\n")
    process = subprocess.Popen(
        [scripts / "caddy", "run", "--config", tmp_path / "Caddyfile"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "ONASTY_SITE": f"http://{LOOPBACK}:{port}",
            "ONASTY_HEALTH_PORT": str(health),
            "ONASTY_METRICS_PORT": str(metrics),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(WITHIN):
            while not await answers(session, f"http://{LOOPBACK}:{health}/healthz"):
                await asyncio.sleep(0.05)
        async with session.get(f"http://{LOOPBACK}:{port}/api/v1/note/{SECRET}/meta") as response:
            assert response.status == 504
            assert response.headers["Content-Type"] == "application/problem+json"
            assert (await response.json(content_type=None))["code"] == "timeout"
            assert {name: response.headers[name] for name in STANDARD} == STANDARD
    finally:
        process.terminate()
        text = (await asyncio.to_thread(process.communicate, None, WITHIN))[0].decode()
    assert re.search(r'"msg":"handled request".*"status":504', text)
    assert SECRET not in text
