"""E-mail addresses: what is one, and when two are the same."""

from __future__ import annotations

from dataclasses import dataclass

import email_validator

from contracts.errors import ErrorCode, ServiceError


@dataclass(frozen=True, slots=True)
class Address:
    """`email` is where mail goes; `key` is the same for all spellings of one address."""

    email: str
    key: str
    domain: str


def address_of(text: str) -> Address:
    """The address in its normal form. Whether mail arrives there is not looked at.

    Auth tells accounts apart by it and the gateway their limits, so that no spelling of an address has a
    limit of its own. What it costs grows faster than the length: bound that before.
    Raises `invalid_request`, and does not repeat what was given.
    """
    try:
        valid = email_validator.validate_email(text.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ServiceError(ErrorCode.INVALID_REQUEST, "email: this is not an e-mail address") from error
    return Address(valid.normalized, valid.normalized.casefold(), valid.ascii_domain.lower())
