"""Rate limits of requests: before anything of the body is read, where its kind is known by then."""

from __future__ import annotations

import math

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ValidationError

from contracts.auth.address import address_of
from contracts.auth.rpc import Email
from contracts.errors import ErrorCode, ServiceError
from gateway.client_address import ClientAddresses
from gateway.limits.quota import Verdict
from gateway.limits.rate_limiter import RateLimiter
from gateway.middleware.context import CLIENT, VERDICTS


class RequestLimits:
    """Each check raises `too_many_requests` with `retry_after`, in seconds. None limits nothing."""

    def __init__(self, limiter: RateLimiter | None, clients: ClientAddresses) -> None:
        self._limiter = limiter
        self._clients = clients

    async def general(self, request: web.Request) -> None:
        if self._limiter is not None:
            verdict = await self._limiter.general(request[CLIENT])
            if verdict is not None:
                _obey(request, verdict)

    async def slow(self, request: web.Request) -> None:
        """For what guesses at a secret or sends mail."""
        if self._limiter is not None:
            _obey(request, await self._limiter.slow(request[CLIENT]))

    async def account(self, request: web.Request, body: bytes) -> None:
        """For the account whose address the body names, whoever asks."""
        if self._limiter is not None and (address := _address(body)):
            verdict = await self._limiter.account(self._clients.account(address))
            # Not told before it refuses: what is left would say how busy somebody else's account is.
            _obey(request, verdict, told=not verdict.allowed)


def limits_middleware(limits: RequestLimits) -> Middleware:
    """Every request counts, also one that goes nowhere."""

    @web.middleware
    async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
        await limits.general(request)
        return await handler(request)

    return limited


class _Named(BaseModel):
    email: Email


def _address(body: bytes) -> str | None:
    try:
        return address_of(_Named.model_validate_json(body).email).key
    except (ValidationError, ServiceError):
        return None  # auth will refuse it, or take it for nobody's


def _obey(request: web.Request, verdict: Verdict, *, told: bool = True) -> None:
    if told:
        request[VERDICTS].append(verdict)
    if not verdict.allowed:
        seconds = max(1, math.ceil(verdict.retry_after))
        raise ServiceError(
            ErrorCode.TOO_MANY_REQUESTS, f"Too many requests; try again in {seconds} s.", retry_after=seconds
        )
