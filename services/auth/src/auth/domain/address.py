"""E-mail addresses: which may sign up."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.auth.address import Address, address_of
from contracts.errors import ErrorCode, ServiceError

__all__ = ["Address", "AdmittedAddresses", "address_of"]


@dataclass(frozen=True, slots=True)
class AdmittedAddresses:
    """Those of these domains; none of them: nobody's; None: everybody's."""

    domains: frozenset[str] | None

    def check(self, address: Address) -> None:
        """Raises `sign_up_closed`."""
        if self.domains is None or address.domain in self.domains:
            return
        raise ServiceError(
            ErrorCode.SIGN_UP_CLOSED,
            "Only addresses of certain domains can have an account here."
            if self.domains
            else "Nobody can sign up here.",
        )

    def check_change(self, address: Address) -> None:
        """For somebody who is in: where nobody may come in any more, a change is no sign-up.

        Raises `sign_up_closed`.
        """
        if self.domains:
            self.check(address)
