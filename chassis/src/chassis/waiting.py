"""Waiting for a wake-up, or for the time to look without one."""

from __future__ import annotations

import asyncio


async def until_set(event: asyncio.Event, *, within: float) -> None:
    """Returns when the event is set, or after so many seconds."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        pass
