"""Use the link of a verification letter."""

from __future__ import annotations

from typing import Protocol

from auth.crypto.one_time_links import token_hash
from auth.domain.owner import link_invalid
from contracts.auth import rpc
from contracts.context import RequestContext


class SignUps(Protocol):
    async def verify(self, token_hash: bytes, context: RequestContext) -> bool: ...


class VerifyEmail:
    """Of any number of racers with links of one account, one succeeds."""

    def __init__(self, sign_ups: SignUps) -> None:
        self._sign_ups = sign_ups

    async def __call__(self, request: rpc.VerifyEmail, context: RequestContext) -> rpc.Accepted:
        """Raises `link_invalid`."""
        if not await self._sign_ups.verify(token_hash(request.token), context):
            raise link_invalid()
        return rpc.Accepted()
