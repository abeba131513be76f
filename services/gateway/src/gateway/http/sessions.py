"""`/api/v1/auth`: sessions, by tokens in JSON, and who else may open some."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import TypeAdapter

from chassis.rpc_client import RpcClient
from contracts.auth.rpc import (
    IdentitiesReply,
    ListIdentities,
    ListSessions,
    RefreshSession,
    RevokeSession,
    Session,
    SignIn,
    SignOut,
    SignOutEverywhere,
    Tokens,
    UnlinkIdentity,
)
from contracts.errors import ErrorCode
from gateway.description.operation import Identity, Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.messages import json_response, told
from gateway.http.sign_up import CREDENTIALS
from gateway.middleware.context import request_context
from gateway.middleware.identity import require_user
from gateway.middleware.limits import Purpose

REFRESH_TOKEN = {"refresh_token": "b25lIHRoYXQgaXMgZ29vZCBmb3Igb25jZSBvbmx5Li4"}
_SESSIONS = TypeAdapter(list[Session])


class SessionHandlers:
    """For scripts and other programs; browsers have `CookieSessionHandlers`."""

    def __init__(self, forwarding: Forwarding, rpc: RpcClient) -> None:
        self._forwarding = forwarding
        self._rpc = rpc

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
        return await self._forwarding.body(SignIn, request, guarded=Purpose.SIGN_IN)

    @described(
        Operation(
            id="refresh_session",
            summary="Go on with a session",
            request=RefreshSession,
            body=True,
            reply=Tokens,
            refusals=(ErrorCode.SESSION_INVALID,),
            examples={"the latest refresh token": REFRESH_TOKEN},
        )
    )
    async def refresh(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(RefreshSession, request)

    @described(
        Operation(
            id="sign_out",
            summary="End a session of yours",
            request=SignOut,
            body=True,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.USER,
            examples={"its refresh token": REFRESH_TOKEN},
        )
    )
    async def sign_out(self, request: web.Request) -> web.Response:
        require_user(request)
        return await self._forwarding.body(SignOut, request, status=HTTPStatus.NO_CONTENT)

    @described(
        Operation(
            id="sign_out_everywhere",
            summary="End all your sessions",
            request=SignOutEverywhere,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.USER,
        )
    )
    async def sign_out_everywhere(self, request: web.Request) -> web.Response:
        return await self._forwarding.message(SignOutEverywhere(), request, HTTPStatus.NO_CONTENT)

    @described(
        Operation(
            id="list_sessions",
            summary="List your sessions",
            request=ListSessions,
            reply=list[Session],
            identity=Identity.USER,
        )
    )
    async def all(self, request: web.Request) -> web.Response:
        found = await self._rpc.call(ListSessions(), request_context(request))
        return json_response(_SESSIONS.dump_json(found.sessions))

    @described(
        Operation(
            id="revoke_session",
            summary="End one of your sessions",
            request=RevokeSession,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.USER,
            refusals=(ErrorCode.SESSION_NOT_FOUND,),
        )
    )
    async def revoke(self, request: web.Request) -> web.Response:
        command = told(lambda: RevokeSession.model_validate(dict(request.match_info)))
        return await self._forwarding.message(command, request, HTTPStatus.NO_CONTENT)

    @described(
        Operation(
            id="list_identities",
            summary="Which accounts elsewhere sign in to yours",
            request=ListIdentities,
            reply=IdentitiesReply,
            identity=Identity.USER,
        )
    )
    async def identities(self, request: web.Request) -> web.Response:
        return await self._forwarding.message(ListIdentities(), request)

    @described(
        Operation(
            id="unlink_identity",
            summary="Let your accounts at a provider sign in no more",
            request=UnlinkIdentity,
            status=HTTPStatus.NO_CONTENT,
            identity=Identity.USER,
            refusals=(ErrorCode.IDENTITY_NEEDED,),
        )
    )
    async def unlink(self, request: web.Request) -> web.Response:
        command = told(lambda: UnlinkIdentity.model_validate(dict(request.match_info)))
        return await self._forwarding.message(command, request, HTTPStatus.NO_CONTENT)
