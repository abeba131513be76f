"""`/api/v1/session`: sessions of browsers, whose refresh token no script sees."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.auth.rpc import RefreshSession, SignIn, SignOut, Tokens
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Reply
from gateway.description.operation import Identity, Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.messages import json_response, told
from gateway.http.session_cookie import OwnOrigin, clear_session, session_token, set_session
from gateway.http.sign_up import CREDENTIALS
from gateway.middleware.context import request_context
from gateway.middleware.limits import Purpose

ORIGIN = {
    "Origin": {
        "description": "Sent by browsers. Pages of the installation's own origin alone are answered.",
        "schema": {"type": "string"},
    }
}
SET_COOKIE = {"Set-Cookie": "`__Host-onasty-session`, with the refresh token"}


class AccessToken(Reply):
    """To be kept in memory alone; its refresh token is in the cookie."""

    access_token: str


class CookieSessionHandlers:
    """The only ones that read the session's cookie, and for requests of our own pages alone."""

    def __init__(self, forwarding: Forwarding, rpc: RpcClient, origin: OwnOrigin) -> None:
        self._forwarding = forwarding
        self._rpc = rpc
        self._origin = origin

    @described(
        Operation(
            id="open_cookie_session",
            summary="Sign in, in a browser",
            request=SignIn,
            body=True,
            reply=AccessToken,
            headers=ORIGIN,
            reply_headers=SET_COOKIE,
            refusals=(
                ErrorCode.ORIGIN_REFUSED,
                ErrorCode.CREDENTIALS_WRONG,
                ErrorCode.USER_NOT_ACTIVATED,
            ),
            examples={"a verified account": CREDENTIALS},
        )
    )
    async def open(self, request: web.Request) -> web.Response:
        self._origin.require(request)
        reply = await self._forwarding.reply(SignIn, request, guarded=Purpose.SIGN_IN)
        return _opened(Tokens.model_validate_json(reply))

    @described(
        Operation(
            id="refresh_cookie_session",
            summary="Go on with the session of the cookie",
            request=RefreshSession,
            reply=AccessToken,
            identity=Identity.COOKIE,
            headers=ORIGIN,
            reply_headers=SET_COOKIE,
            refusals=(ErrorCode.ORIGIN_REFUSED, ErrorCode.SESSION_INVALID),
        )
    )
    async def refresh(self, request: web.Request) -> web.Response:
        self._origin.require(request)
        token = session_token(request)
        if token is None:
            raise ServiceError(ErrorCode.SESSION_INVALID, "Nobody is signed in here.")
        command = told(lambda: RefreshSession(refresh_token=token))
        # A refusal leaves the cookie: by now it may hold what another tab was given.
        return _opened(await self._rpc.call(command, request_context(request)))

    @described(
        Operation(
            id="close_cookie_session",
            summary="End the session of the cookie",
            request=SignOut,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.COOKIE,
            headers=ORIGIN,
            reply_headers={"Set-Cookie": "takes the cookie away"},
            refusals=(ErrorCode.ORIGIN_REFUSED,),
        )
    )
    async def close(self, request: web.Request) -> web.Response:
        self._origin.require(request)
        token = session_token(request)
        if token is not None:
            command = told(lambda: SignOut(refresh_token=token))
            await self._rpc.ask(command, request_context(request))
        response = web.Response(status=HTTPStatus.NO_CONTENT)
        clear_session(response)
        return response


def _opened(tokens: Tokens) -> web.Response:
    response = json_response(AccessToken(access_token=tokens.access_token).model_dump_json().encode())
    set_session(response, tokens.refresh_token)
    return response
