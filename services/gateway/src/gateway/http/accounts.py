"""`/api/v1/auth`: making an account, and signing in."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.auth.rpc import ResendVerification, SignIn, SignUp, VerifyEmail
from contracts.messages import Request
from gateway.http.body import BodyReader
from gateway.middleware.context import request_context


class AccountHandlers:
    """Bodies pass through as bytes, both ways: auth alone reads them."""

    def __init__(self, rpc: RpcClient, bodies: BodyReader) -> None:
        self._rpc = rpc
        self._bodies = bodies

    async def sign_up(self, request: web.Request) -> web.Response:
        return await self._forward(SignUp, request, status=201)

    async def sign_in(self, request: web.Request) -> web.Response:
        return await self._forward(SignIn, request)

    async def verify(self, request: web.Request) -> web.Response:
        return await self._forward(VerifyEmail, request)

    async def resend_verification(self, request: web.Request) -> web.Response:
        return await self._forward(ResendVerification, request)

    async def _forward(
        self, request_type: type[Request[Any]], request: web.Request, *, status: int = 200
    ) -> web.Response:
        body = await self._bodies.read(request)
        reply = await self._rpc.forward(request_type, body, request_context(request))
        return web.Response(body=reply, content_type="application/json", status=status)
