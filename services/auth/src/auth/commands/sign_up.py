"""Make an account, or leave one as it is, and answer the same."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import CollectorRegistry, Counter

from auth.domain.address import Address, AdmittedAddresses, address_of
from auth.domain.password import CommonPasswords
from chassis.passwords import PasswordHashing
from contracts.auth import rpc
from contracts.context import RequestContext


class SignUps(Protocol):
    async def add(self, address: Address, password_hash: str, context: RequestContext) -> None: ...


class SignUp:
    """When it returns, all is committed. One hash is made, whether or not the address is known."""

    def __init__(
        self,
        sign_ups: SignUps,
        passwords: PasswordHashing,
        common: CommonPasswords,
        admitted: AdmittedAddresses,
        metrics: CollectorRegistry,
    ) -> None:
        self._sign_ups = sign_ups
        self._passwords = passwords
        self._common = common
        self._admitted = admitted
        self._done = Counter("auth_sign_ups", "Sign-ups that were accepted", registry=metrics)

    async def __call__(self, request: rpc.SignUp, context: RequestContext) -> rpc.Accepted:
        """Raises `invalid_request`, `sign_up_closed`."""
        address = address_of(request.email)
        self._admitted.check(address)
        self._common.check(request.password)
        password_hash = await self._passwords.hash(request.password, context)
        await self._sign_ups.add(address, password_hash, context)
        self._done.inc()
        return rpc.Accepted()
