"""Which accounts elsewhere sign in to the actor's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

from auth.domain.holdings import HeldIdentity
from contracts.auth import rpc
from contracts.context import RequestContext


class Identities(Protocol):
    async def list(self, context: RequestContext) -> list[HeldIdentity]: ...


class ListIdentities:
    """Oldest first."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def __call__(self, _request: rpc.ListIdentities, context: RequestContext) -> rpc.IdentitiesReply:
        """Raises `unauthenticated`."""
        return rpc.IdentitiesReply(identities=shown_identities(await self._identities.list(context)))


def shown_identities(held: list[HeldIdentity]) -> list[rpc.Identity]:
    """Identities as their owner sees them."""
    return [rpc.Identity(**asdict(identity)) for identity in held]
