"""Is a replica there."""

from __future__ import annotations

from contracts.context import RequestContext
from contracts.mailer.rpc import PingMailer
from contracts.ping import Pong


async def ping(_request: PingMailer, _context: RequestContext) -> Pong:
    """Answered as soon as a replica handles requests."""
    return Pong()
