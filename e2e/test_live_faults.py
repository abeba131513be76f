"""A note's time runs out, and NATS dies: whoever watches sees what is true."""

import asyncio
import os
import signal

import aiohttp
import asyncpg
import pytest

from .conftest import Api, proof, soon
from .streams import watching

pytestmark = pytest.mark.e2e

# NATS is started again, and a gateway that had lost it listens anew.
BACK_WITHIN = 40


async def test_streams_tell_of_the_end_of_time_and_outlive_nats(launch_devstack, monkeypatch):
    # Whoever watches a note need not wait for a sweep.
    monkeypatch.setenv("NOTES_SWEEP_INTERVAL", "60")
    devstack = launch_devstack("--scale", "gateway=2")
    endpoints = await asyncio.to_thread(devstack.wait_until_ready)
    async with aiohttp.ClientSession() as session, watching(session) as watch:
        api = Api(session, endpoints.gateways)
        headers = {"Onasty-Manage-Token": proof()}

        async def written(**wishes):
            body = {"content": "secret", "manage_token": headers["Onasty-Manage-Token"], **wishes}
            slug = (await api.post("/api/v1/note", body)).json["slug"]
            lives = [
                await watch(f"{gateway}/api/v1/note/{slug}/events", headers) for gateway in endpoints.gateways
            ]
            for live in lives:
                assert (await live.until("snapshot")).data["note"]["state"] == "unread"
            return slug, lives

        # Both streams are open by then, also where the machine is busy.
        _, lives = await written(expires_at=soon(5))
        for live in lives:
            # That it was made may be told after the snapshot that shows it.
            while (await live.next()).data["note"]["state"] != "expired":
                pass
            assert await live.end() == "over"

        slug, lives = await written(max_views=2)
        (pid,) = endpoints.pids["nats"]
        os.kill(pid, signal.SIGKILL)
        # What nobody could be told of meanwhile.
        database = await asyncpg.connect(endpoints.postgres["notes"])
        await database.execute("UPDATE notes SET refused_attempts = 7 WHERE slug = $1", slug)
        await database.close()
        for live in lives:
            snapshot = await live.until("snapshot", within=BACK_WITHIN)
            assert snapshot.data["note"]["refused_attempts"] == 7
        assert devstack.endpoints.pids["nats"] != [pid]
        await api.post(f"/api/v1/note/{slug}/view")
        for live in lives:
            assert (await live.until("revealed")).data["note"]["views_taken"] == 1
