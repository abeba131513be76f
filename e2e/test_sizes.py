"""How large a note may be, and how much memory a process takes, idle and with large ones."""

import asyncio
import json
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from contracts.notes.rpc import PAGE_MAX
from contracts.registry import SERVICES

from .conftest import Answer, Api, proof, published_key, signed_in

pytestmark = pytest.mark.e2e

KIB = 1024
TEXT = 512 * KIB
ENCRYPTED = 720 * KIB
HEADER = {"encryption": "aGVhZGVy"}

AT_ONCE = 100
IDLE = 80 * 1024 * 1024  # bytes, of each process; MiB, as the bench reports it
STREAMS = 2000
# Each has the time of one request, on a machine that does much else.
OPENED_AT_ONCE = 20
STREAMS_TAKE = 100 * 1000 * 1000  # bytes, all of them together
MEMORY = 300 * 1000 * 1000  # bytes, of each process


@pytest.mark.parametrize(
    ("content", "header"),
    [("x" * TEXT, {}), ("é" * (TEXT // 2), {}), ("x" * ENCRYPTED, HEADER)],
    ids=["text", "text of two bytes each", "encrypted"],
)
async def test_a_note_at_the_limit_works_and_one_byte_more_is_refused_with_the_limit(api, content, header):
    created = await written(api, {"content": content, **header})
    assert created.status == 201
    read = await api.post(f"/api/v1/note/{created.json['slug']}/view")
    assert read.status == 200
    assert read.json["content"] == content

    refused = await written(api, {"content": content + "x", **header})
    assert (refused.status, refused.json["code"]) == (413, "content_too_large")
    limit = len(content.encode())
    assert refused.json["detail"] == f"content: {limit + 1} bytes are more than the limit of {limit} bytes"


async def written(api: Api, body: dict[str, str]) -> Answer:
    # Not `json=`: aiohttp warns of more than 1 MiB at once.
    return await api.call("POST", "/api/v1/note", data=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("large", "readers"),
    [(lambda: secrets.token_hex(TEXT // 2), AT_ONCE), (lambda: "\x01" * TEXT, 4)],
    ids=["as it is", "escaped by JSON to 3 MiB"],
)
async def test_a_hundred_large_notes_at_once_take_little_memory(launch_devstack, capsys, large, readers):
    # One process of each service: all of it goes through each of them.
    devstack = launch_devstack()
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    pids = {service: endpoints.pids[service][0] for service in SERVICES}
    idle = {service: memory(pid, "VmRSS") for service, pid in pids.items()}

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        api = Api(session, endpoints.gateways)
        contents = [large() for _ in range(AT_ONCE)]
        created = await asyncio.gather(*(written(api, {"content": text}) for text in contents))
        assert Counter(answer.status for answer in created) == {201: AT_ONCE}
        peak_of_creates = {service: memory(pid, "VmHWM") for service, pid in pids.items()}
        slugs = [answer.json["slug"] for answer in created]
        room = asyncio.Semaphore(readers)

        async def view(slug: str) -> Answer:
            async with room:
                return await api.post(f"/api/v1/note/{slug}/view")

        read = await asyncio.gather(*(view(slug) for slug in slugs))
        assert Counter(answer.status for answer in read) == {200: AT_ONCE}
        assert all(answer.json["content"] == text for answer, text in zip(read, contents, strict=True))

    # Of the same processes: none was started again in between.
    assert {service: devstack.endpoints.pids[service][0] for service in SERVICES} == pids
    peak = {service: memory(pid, "VmHWM") for service, pid in pids.items()}
    with capsys.disabled():
        for service in SERVICES:
            print(  # noqa: T201 - figures for whoever runs it
                f"\n{service}: {idle[service] // 1000} kB idle, at most {peak_of_creates[service] // 1000} kB"
                f" while {AT_ONCE} notes of 512 KiB were written, {peak[service] // 1000} kB when also read",
                end="",
            )
    assert {service: size for service, size in idle.items() if size > IDLE} == {}
    assert {service: size for service, size in peak.items() if size > MEMORY} == {}


async def test_two_thousand_streams_that_wait_take_little_memory(launch_devstack, monkeypatch, capsys):
    monkeypatch.setenv("GATEWAY_STREAMS_PER_CLIENT", str(STREAMS))
    devstack = launch_devstack()
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    pid = endpoints.pids["gateway"][0]
    token = proof()
    async with aiohttp.ClientSession() as session, AsyncExitStack() as streams:
        body = {"content": "secret", "manage_token": token, "max_views": 2}
        api = Api(session, endpoints.gateways)
        slug = (await api.post("/api/v1/note", body)).json["slug"]
        key = await published_key(endpoints, api)
        # Their snapshots are as large as any.
        author = signed_in(key)
        for _ in range(PAGE_MAX):
            await api.post("/api/v1/note", {"content": "secret"}, headers=author)
        by_token = (f"note/{slug}/events", {"Onasty-Manage-Token": token})
        url = URL(endpoints.gateway)

        async def opened(path: str, headers: dict[str, str]) -> None:
            reader, writer = await asyncio.open_connection(url.host, url.port)
            streams.callback(writer.close)
            sent = {"Host": "a", **headers}
            lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
            writer.write(f"GET /api/v1/{path} HTTP/1.1\r\n{lines}\r\n".encode())
            assert b" 200 " in await reader.readline()
            await reader.readuntil(b"event: snapshot")

        idle = memory(pid, "VmRSS")
        for _ in range(STREAMS // OPENED_AT_ONCE):
            half = OPENED_AT_ONCE // 2
            await asyncio.gather(*(opened(*asked) for asked in [("events", author), by_token] * half))
        taken = memory(pid, "VmRSS") - idle
        async with session.get(endpoints.metrics["gateway"][0]) as metrics:
            assert f"live_streams {STREAMS}.0" in await metrics.text()
    with capsys.disabled():
        print(f"\ngateway: {idle // 1000} kB idle, {taken // 1000} kB more with {STREAMS} streams")  # noqa: T201
    assert devstack.endpoints.pids["gateway"] == [pid]
    assert taken <= STREAMS_TAKE


def memory(pid: int, what: str) -> int:
    """Bytes, by Linux: VmRSS is what it has, VmHWM the most that it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith(f"{what}:"))
