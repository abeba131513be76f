"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auth.rpc import operations
from auth.settings import AuthSettings
from chassis import broker, postgres, rpc_server
from chassis.runtime import Runtime


@asynccontextmanager
async def compose(runtime: Runtime[AuthSettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    async with (
        postgres.connected(runtime),
        broker.connected(runtime) as client,
        rpc_server.serving(runtime, client, operations()),
    ):
        yield
