"""Send the verification letter once more."""

from __future__ import annotations

from typing import Protocol

from auth.domain.address import Address, address_of
from contracts.auth import rpc
from contracts.context import RequestContext


class SignUps(Protocol):
    async def resend(self, address: Address, context: RequestContext) -> None: ...


class ResendVerification:
    """One letter a minute for each address at most; more are accepted and not sent."""

    def __init__(self, sign_ups: SignUps) -> None:
        self._sign_ups = sign_ups

    async def __call__(self, request: rpc.ResendVerification, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`."""
        await self._sign_ups.resend(address_of(request.email), context)
        return rpc.Accepted()
