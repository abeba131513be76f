"""A stack that offers sign-in elsewhere, with a provider that behaves as Google and GitHub do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devstack.oauth_provider import oauth_provider
from devstack.ports import free_ports


@pytest.fixture
async def elsewhere(launch_devstack: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Any, str]]:
    """The provider, and the address of a stack that knows it."""
    (port,) = free_ports(1)
    public = f"http://127.0.0.1:{port}"
    callbacks = [f"{public}/api/v1/auth/oauth/{name}/callback" for name in ("google", "github")]
    async with oauth_provider(*callbacks) as provider:
        for name, value in provider.settings().items():
            monkeypatch.setenv(f"AUTH_{name.upper()}", value)
        await asyncio.to_thread(launch_devstack("--port", str(port)).wait_until_ready)
        yield provider, public
