"""`/api/v1/auth`: making an account, and signing in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.auth.rpc import Accepted, ResendVerification, SignIn, SignUp, Tokens, VerifyEmail
from contracts.errors import ErrorCode
from contracts.messages import Request
from gateway.description.operation import Operation, described
from gateway.http.body import BodyReader
from gateway.middleware.context import request_context
from gateway.middleware.limits import Purpose, RequestLimits

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}


class AccountHandlers:
    """Bodies pass through as bytes, both ways. Of a body that is under the limit of an account, the gateway
    reads the address, for a keyed hash of it; all else is read by auth alone.
    """

    def __init__(self, rpc: RpcClient, bodies: BodyReader, limits: RequestLimits) -> None:
        self._rpc = rpc
        self._bodies = bodies
        self._limits = limits

    @described(
        Operation(
            id="sign_up",
            summary="Make an account",
            request=SignUp,
            body=True,
            reply=Accepted,
            status=HTTPStatus.CREATED,
            refusals=(ErrorCode.SIGN_UP_CLOSED,),
            examples={"an account": CREDENTIALS},
        )
    )
    async def sign_up(self, request: web.Request) -> web.Response:
        return await self._forward(SignUp, request, status=HTTPStatus.CREATED, limited=Purpose.LETTER)

    @described(
        Operation(
            id="sign_in",
            summary="Open a session",
            request=SignIn,
            body=True,
            reply=Tokens,
            refusals=(ErrorCode.CREDENTIALS_WRONG, ErrorCode.USER_NOT_ACTIVATED),
            examples={"a verified account": CREDENTIALS},
        )
    )
    async def sign_in(self, request: web.Request) -> web.Response:
        return await self._forward(SignIn, request, limited=Purpose.SIGN_IN)

    @described(
        Operation(
            id="verify_email",
            summary="Use the link of a verification letter",
            request=VerifyEmail,
            body=True,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            examples={"the token of a link": {"token": "Q2xpY2sgdGhlIGxpbmsgaW4geW91ciBsZXR0ZXIuLi4"}},
        )
    )
    async def verify(self, request: web.Request) -> web.Response:
        return await self._forward(VerifyEmail, request)

    @described(
        Operation(
            id="resend_verification",
            summary="Send the verification letter once more",
            request=ResendVerification,
            body=True,
            reply=Accepted,
            examples={"an address": {"email": "ada@example.com"}},
        )
    )
    async def resend_verification(self, request: web.Request) -> web.Response:
        return await self._forward(ResendVerification, request, limited=Purpose.LETTER)

    async def _forward(
        self,
        request_type: type[Request[Any]],
        request: web.Request,
        *,
        status: int = HTTPStatus.OK,
        limited: Purpose | None = None,
    ) -> web.Response:
        if limited:
            await self._limits.slow(request)
        body = await self._bodies.read(request)
        if limited:
            await self._limits.account(request, limited, body)
        reply = await self._rpc.forward(request_type, body, request_context(request))
        return web.Response(body=reply, content_type="application/json", status=status)
