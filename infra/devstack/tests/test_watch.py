import asyncio

from devstack import watch


async def test_a_watcher_that_fails_says_so(monkeypatch):
    async def fail(_):
        raise OSError("too many watches")

    monkeypatch.setattr(watch, "_restart_on_change", fail)
    said = []

    async with watch.watched({}, said.append), asyncio.timeout(5):
        while not said:
            await asyncio.sleep(0.01)

    assert said == ["dev          does not watch sources any more: OSError('too many watches')"]
