"""Rate limits of requests: before anything of the body is read, where its kind is known by then."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ValidationError

from contracts.auth.address import address_of
from contracts.auth.rpc import Email
from contracts.errors import ErrorCode, ServiceError
from gateway.client_address import ClientAddresses
from gateway.limits.quota import Verdict
from gateway.middleware.context import ACTOR, CLIENT, VERDICTS


class Limiter(Protocol):
    """Verdicts; None where nobody counts."""

    async def general(self, client: str) -> Verdict | None: ...
    async def slow(self, client: str) -> Verdict | None: ...
    async def account(self, account: str, client: str) -> Verdict | None: ...


class Unlimited:
    """For where limits are off."""

    async def general(self, _: str) -> None: ...
    async def slow(self, _: str) -> None: ...
    async def account(self, _: str, __: str) -> None: ...


class Purpose(StrEnum):
    """For what an account is named. Each has limits of its own: to use up one takes nothing of the other."""

    SIGN_IN = "sign_in"
    LETTER = "letter"
    CHANGE = "change"


class RequestLimits:
    """Each check raises `too_many_requests` with `retry_after`, in seconds."""

    def __init__(self, limiter: Limiter, clients: ClientAddresses) -> None:
        self._limiter = limiter
        self._clients = clients

    async def general(self, request: web.Request) -> None:
        _obey(request, await self._limiter.general(request[CLIENT]))

    async def slow(self, request: web.Request) -> None:
        """For what guesses at a secret or sends mail."""
        _obey(request, await self._limiter.slow(request[CLIENT]))

    async def account(self, request: web.Request, purpose: Purpose, body: bytes) -> None:
        """For the account whose address the body names, else the actor's: what this client may, then all."""
        if named := _account(request, body):
            account = self._clients.account(f"{purpose}:{named}")
            verdict = await self._limiter.account(account, request[CLIENT])
            # Not told before it refuses: what is left would say how busy somebody else's account is.
            if verdict is not None and not verdict.allowed:
                _obey(request, verdict)


def limits_middleware(limits: RequestLimits) -> Middleware:
    """Every request counts, also one that goes nowhere."""

    @web.middleware
    async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
        await limits.general(request)
        return await handler(request)

    return limited


class _Named(BaseModel):
    email: Email


def _account(request: web.Request, body: bytes) -> str | None:
    # In this order, or a token would turn guesses at somebody else's account into guesses at one's own.
    if address := _address(body):
        return f"address:{address}"
    actor = request.get(ACTOR)
    return f"user:{actor.user_id}" if actor else None


def _address(body: bytes) -> str | None:
    try:
        return address_of(_Named.model_validate_json(body).email).key
    except (ValidationError, ServiceError):
        return None  # auth will refuse it, or take it for nobody's


def _obey(request: web.Request, verdict: Verdict | None) -> None:
    if verdict is None:
        return
    request[VERDICTS].append(verdict)
    if not verdict.allowed:
        seconds = max(1, math.ceil(verdict.retry_after))
        raise ServiceError(
            ErrorCode.TOO_MANY_REQUESTS, f"Too many requests; try again in {seconds} s.", retry_after=seconds
        )
