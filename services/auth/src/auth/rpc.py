"""Everything that the auth service does when asked: request → handler."""

from __future__ import annotations

from auth.queries.ping import ping
from chassis.rpc_server import Operation, operation
from contracts.auth import rpc


def operations() -> tuple[Operation, ...]:
    """One row for each request that the contract says we serve."""
    return (operation(rpc.PingAuth, ping),)
