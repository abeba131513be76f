"""An account elsewhere that signs in here."""

from __future__ import annotations

from dataclasses import dataclass

from auth.domain.address import Address, address_of
from contracts.auth.rpc import OauthProvider
from contracts.errors import ErrorCode, ServiceError


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """What a provider vouches for: `subject` is its name for the person, for ever; the address is theirs."""

    provider: OauthProvider
    subject: str
    address: Address


def verified_identity(
    provider: OauthProvider, subject: str, email: str | None, *, verified: bool
) -> VerifiedIdentity:
    """Raises `oauth_email_unverified`, also for what cannot be an address."""
    try:
        if email and verified:
            return VerifiedIdentity(provider, subject, address_of(email))
    except ServiceError:
        pass
    raise ServiceError(
        ErrorCode.OAUTH_EMAIL_UNVERIFIED,
        "The account elsewhere has no verified e-mail address. Verify it there, then try again.",
    )
