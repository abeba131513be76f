"""E-mail addresses: what is one, when two are the same, and which may sign up."""

from __future__ import annotations

from dataclasses import dataclass

import email_validator

from contracts.errors import ErrorCode, ServiceError


@dataclass(frozen=True, slots=True)
class Address:
    """`email` is where mail goes; `key` is the same for addresses that differ in case alone."""

    email: str
    key: str
    domain: str


def address_of(text: str) -> Address:
    """The address in its normal form. Whether mail arrives there is not looked at.

    Raises `invalid_request`, and does not repeat what was given.
    """
    try:
        valid = email_validator.validate_email(text.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ServiceError(ErrorCode.INVALID_REQUEST, "email: this is not an e-mail address") from error
    return Address(valid.normalized, valid.normalized.casefold(), valid.ascii_domain.lower())


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
            "Only addresses of certain domains can sign up here."
            if self.domains
            else "Nobody can sign up here.",
        )
