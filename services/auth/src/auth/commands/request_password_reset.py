"""Send a link to set a new password."""

from __future__ import annotations

from typing import Protocol

from auth.domain.address import Address, address_of
from contracts.auth import rpc
from contracts.context import RequestContext


class Passwords(Protocol):
    async def request_reset(self, address: Address, context: RequestContext) -> None: ...


class RequestPasswordReset:
    """To a verified address, once a minute. No hash is made, whether or not the address is known.

    An address that waits to be verified gets none: the letter of its sign-up has a link. Who signs in
    elsewhere alone sets their first password so.
    """

    def __init__(self, accounts: Passwords) -> None:
        self._accounts = accounts

    async def __call__(self, request: rpc.RequestPasswordReset, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`."""
        await self._accounts.request_reset(address_of(request.email), context)
        return rpc.Accepted()
