"""Send a link to a new address."""

from __future__ import annotations

from typing import Protocol

from auth.commands.check_owner import CheckOwner
from auth.domain.address import Address, AdmittedAddresses, address_of
from contracts.auth import rpc
from contracts.context import RequestContext


class EmailChanges(Protocol):
    async def request(self, address: Address, context: RequestContext) -> None: ...


class RequestEmailChange:
    """Until the link is used the account keeps its address, and the new one is anybody's."""

    def __init__(self, owner: CheckOwner, changes: EmailChanges, admitted: AdmittedAddresses) -> None:
        self._owner = owner
        self._changes = changes
        self._admitted = admitted

    async def __call__(self, request: rpc.RequestEmailChange, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`, `sign_up_closed`, and what `CheckOwner.by_password_or_sign_in` raises."""
        address = address_of(request.new_email)
        self._admitted.check_change(address)
        await self._owner.by_password_or_sign_in(request.current_password, context)
        await self._changes.request(address, context)
        return rpc.Accepted()
