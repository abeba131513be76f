"""Come back from a provider, and be signed in."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter

from auth.commands.begin_oauth import Elsewhere, States, configured
from auth.crypto.one_time_links import token_hash
from auth.crypto.session_tokens import SessionTokens
from auth.domain.identity import VerifiedIdentity
from auth.domain.oauth_state import OauthState
from contracts.actor import Actor
from contracts.auth import rpc
from contracts.context import RequestContext
from contracts.errors import ErrorCode, ServiceError


class Identities(Protocol):
    async def sign_in(
        self, identity: VerifiedIdentity, refresh_token_hash: bytes, context: RequestContext
    ) -> Actor: ...

    async def link(
        self, identity: VerifiedIdentity, refresh_token_hash: bytes, context: RequestContext
    ) -> Actor: ...


class CompleteOauth:
    """A state is used up by the first who comes with it, whatever becomes of it; nothing is tried twice."""

    def __init__(
        self,
        elsewhere: Elsewhere,
        identities: Identities,
        tokens: SessionTokens,
        metrics: CollectorRegistry,
    ) -> None:
        self._elsewhere = elsewhere
        self._identities = identities
        self._tokens = tokens
        self._done = Counter(
            "auth_oauth_sign_ins",
            "Returns from providers by outcome: opened, or the code of the refusal",
            ["provider", "outcome"],
            registry=metrics,
        )

    async def __call__(self, request: rpc.CompleteOauth, context: RequestContext) -> rpc.Tokens:
        """Raises what the contract says."""
        try:
            tokens = await self._tokens_for(request, context)
        except ServiceError as error:
            self._done.labels(request.provider, error.code).inc()
            raise
        self._done.labels(request.provider, "opened").inc()
        return tokens

    async def _tokens_for(self, request: rpc.CompleteOauth, context: RequestContext) -> rpc.Tokens:
        there = configured(self._elsewhere, request.provider)
        begun = await _begun(there.states, request)
        identity = await there.provider.identity(request.code, begun, context)
        # A navigation brings no access token: who links is who began.
        context = replace(context, actor=begun.actor)
        refresh_token = self._tokens.first()
        access_tokens = await self._tokens.signing(context)
        enter = self._identities.link if begun.actor else self._identities.sign_in
        opened = await enter(identity, token_hash(refresh_token), context)
        return rpc.Tokens(
            access_token=access_tokens.token(opened.user_id, opened.session_id), refresh_token=refresh_token
        )


async def _begun(states: States, request: rpc.CompleteOauth) -> OauthState:
    begun = await states.take(request.state)
    if (
        begun is None
        or begun.provider != request.provider
        or not hmac.compare_digest(begun.binding_hash, token_hash(request.binding).hex())
    ):
        raise ServiceError(
            ErrorCode.OAUTH_STATE_INVALID,
            "This sign-in was not begun in this browser, is over or took too long. Begin again.",
        )
    return begun
