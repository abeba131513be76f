"""What one gateway did not take, Caddy gives to another; what one may have done, to none."""

import asyncio
import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from deployment.caddy import caddy_before

from .upstreams import CUT, WITHIN, always, cutting, serving, whole, without_services

NOTE = "/api/v1/note"


def sent_as_browsers_do(base, method, body):
    """Without a body there is a length for POST, PUT and PATCH alone; aiohttp says 0 of a DELETE, too."""
    connection = HTTPConnection(urlsplit(base).netloc, timeout=WITHIN)
    with closing(connection):
        connection.request(method, NOTE, body or None)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


async def test_what_a_gateway_without_services_gives_back_another_answers(tmp_path, session):
    asked = []
    async with (
        serving(without_services(asked)) as broken,
        serving(always(whole)) as other,
        caddy_before([broken, other], tmp_path, web_root=tmp_path) as (base, _),
    ):
        for size, method in (
            (0, "GET"),
            (0, "POST"),
            (9_999, "POST"),
            (7, "PATCH"),
            (0, "DELETE"),
            (0, "OPTIONS"),
        ):
            # Caddy leaves it out for a while.
            before = len(asked)
            async with asyncio.timeout(WITHIN):
                while len(asked) == before:
                    answer = await asyncio.to_thread(sent_as_browsers_do, base, method, b"x" * size)
                    assert answer == (200, {"bytes": size})
        before = len(asked)
        for _ in range(20):
            async with session.get(base + NOTE) as response:
                assert response.status == 200
        assert len(asked) - before < 5


async def test_what_no_gateway_can_do_is_said_to_be_undone(tmp_path, session):
    asked = []
    async with (
        serving(without_services(asked)) as broken,
        caddy_before([broken], tmp_path, web_root=tmp_path) as (base, _),
    ):
        # The first is too large to be kept for another gateway.
        for size in (10_000, 1):
            async with session.post(base + NOTE, data=b"x" * size) as response:
                assert response.status == 503
                if size == 1:
                    assert (await response.json(content_type=None))["code"] == "unavailable"
    assert asked


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_was_given_to_another_that_may_have_done_it_is_given_to_no_third(
    tmp_path, session, method
):
    asked, dying = [], always(cutting)
    async with (
        serving(without_services(asked)) as broken,
        serving(dying) as other,
        caddy_before([broken, other], tmp_path, web_root=tmp_path) as (base, _),
        asyncio.timeout(WITHIN),
    ):
        met = (0, 0)
        while not all(met):
            before = len(asked), len(dying[CUT])
            async with session.request(method, base + NOTE, data=b"") as response:
                assert response.status == 504
            met = len(asked) - before[0], len(dying[CUT]) - before[1]
        assert met[1] == 1
