"""Everything that the mailer does when asked: request → handler."""

from __future__ import annotations

from chassis.rpc_server import Operation, operation
from contracts.mailer import rpc
from mailer.queries.ping import ping


def operations() -> tuple[Operation, ...]:
    """One row for each request that the contract says we serve."""
    return (operation(rpc.PingMailer, ping),)
