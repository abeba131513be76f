"""What is remembered between leaving for a provider and coming back."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from contracts.actor import Actor
from contracts.auth.rpc import OauthProvider

STATE_LIFETIME = timedelta(minutes=10)


class OauthState(BaseModel):
    """Its owner is the browser that has what `binding_hash` is made of. `actor`: to whom to link."""

    model_config = ConfigDict(frozen=True)

    provider: OauthProvider
    binding_hash: str
    code_verifier: str
    nonce: str
    actor: Actor | None = None
