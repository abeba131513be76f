"""Is a replica there."""

from __future__ import annotations

from contracts.auth.rpc import PingAuth
from contracts.context import RequestContext
from contracts.ping import Pong


async def ping(_request: PingAuth, _context: RequestContext) -> Pong:
    """Answered as soon as a replica handles requests."""
    return Pong()
