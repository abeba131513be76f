"""Leave for a provider, to sign in there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from auth.crypto.one_time_links import token_hash
from auth.domain.identity import VerifiedIdentity
from auth.domain.oauth_state import OauthState
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError

# Bytes. RFC 7636 wants a verifier of 43 characters at least, which is what 32 give.
RANDOM_BYTES = 32


class Provider(Protocol):
    def authorization_url(self, state: str, begun: OauthState) -> str: ...

    async def identity(self, code: str, begun: OauthState, context: RequestContext) -> VerifiedIdentity: ...


class States(Protocol):
    async def put(self, state: str, value: OauthState) -> None: ...

    async def take(self, state: str) -> OauthState | None: ...


@dataclass(frozen=True, slots=True)
class SignInElsewhere:
    """A provider that is configured, and where it is kept who left for it."""

    provider: Provider
    states: States


Elsewhere = Mapping[rpc.OauthProvider, SignInElsewhere]


def configured(elsewhere: Elsewhere, provider: rpc.OauthProvider) -> SignInElsewhere:
    """Raises `provider_unknown`."""
    if provider not in elsewhere:
        raise ServiceError(ErrorCode.PROVIDER_UNKNOWN, "Nobody can sign in with that here.")
    return elsewhere[provider]


class BeginOauth:
    """State, binding, verifier and nonce are 256 random bits each, and good for 10 minutes."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere

    async def __call__(self, request: rpc.BeginOauth, context: RequestContext) -> rpc.OauthBegun:
        """Raises `provider_unknown`, `unavailable`."""
        there = configured(self._elsewhere, request.provider)
        state, binding, code_verifier, nonce = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(4))
        begun = OauthState(
            provider=request.provider,
            binding_hash=token_hash(binding).hex(),
            code_verifier=code_verifier,
            nonce=nonce,
            actor=context.actor,
        )
        await there.states.put(state, begun)
        return rpc.OauthBegun(
            authorization_url=there.provider.authorization_url(state, begun), binding=binding
        )
