"""`/api/v1/auth/oauth`: signing in elsewhere, with Google or GitHub."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import AnyHttpUrl

from chassis.logs import Logger
from chassis.rpc_client import RpcClient
from contracts.auth.rpc import (
    BeginOauth,
    CompleteOauth,
    ListProviders,
    OauthBegun,
    OauthProvider,
    ProvidersReply,
)
from contracts.errors import ErrorCode, ServiceError
from contracts.messages import Reply
from gateway.description.operation import Identity, Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.messages import json_response, told
from gateway.http.session_cookie import binding, clear_binding, set_binding, set_session
from gateway.middleware.context import request_context
from gateway.middleware.identity import require_user
from gateway.middleware.limits import RequestLimits

SIGNED_IN = "signed_in"
LOCATION_ELSEWHERE = {"Location": "the provider", "Set-Cookie": "`__Host-onasty-oauth`, for 10 minutes"}
LOCATION_HERE = {
    "Location": "the web client, as `/#oauth=signed_in`, or with the code of a refusal in that place",
    "Set-Cookie": "takes `__Host-onasty-oauth` away, and sets `__Host-onasty-session`",
}


class AuthorizationUrl(Reply):
    """Where to go on."""

    authorization_url: str


def _begin(id: str) -> Operation:
    return Operation(
        id=id,
        summary="Go to a provider to sign in there",
        request=BeginOauth,
        status=HTTPStatus.SEE_OTHER,
        reply_headers=LOCATION_ELSEWHERE,
        refusals=(ErrorCode.PROVIDER_UNKNOWN,),
        deprecated=id.endswith("by_old_path"),
    )


def _callback(id: str) -> Operation:
    # Its query is between the provider and us, and whatever stands there is answered by a redirect.
    return Operation(
        id=id,
        summary="Come back from a provider",
        request=CompleteOauth,
        status=HTTPStatus.FOUND,
        reply_headers=LOCATION_HERE,
        deprecated=id.endswith("by_old_path"),
    )


class OauthHandlers:
    """No token ever stands in a URL: the callback opens a cookie session, which our page refreshes."""

    def __init__(
        self,
        forwarding: Forwarding,
        rpc: RpcClient,
        limits: RequestLimits,
        public_url: AnyHttpUrl,
        log: Logger,
    ) -> None:
        self._forwarding = forwarding
        self._limits = limits
        self._rpc = rpc
        self._home = str(public_url).rstrip("/") + "/"
        self._log = log

    @described(
        Operation(
            id="list_providers",
            summary="Where one may sign in instead",
            request=ListProviders,
            reply=ProvidersReply,
        )
    )
    async def providers(self, request: web.Request) -> web.Response:
        return await self._forwarding.message(ListProviders(), request)

    @described(_begin("begin_oauth"))
    async def begin(self, request: web.Request) -> web.Response:
        begun = await self._begin(request)
        response = _redirect(HTTPStatus.SEE_OTHER, begun.authorization_url)
        set_binding(response, begun.binding)
        return response

    @described(_begin("begin_oauth_by_old_path"))
    async def begin_by_old_path(self, request: web.Request) -> web.Response:
        return await self.begin(request)

    @described(
        Operation(
            id="begin_oauth_link",
            summary="Let an account elsewhere sign in to yours",
            request=BeginOauth,
            reply=AuthorizationUrl,
            identity=Identity.USER,
            reply_headers={"Set-Cookie": LOCATION_ELSEWHERE["Set-Cookie"]},
            refusals=(ErrorCode.PROVIDER_UNKNOWN,),
        )
    )
    async def begin_link(self, request: web.Request) -> web.Response:
        # A navigation brings no access token, and a script cannot read where a redirect leads.
        require_user(request)
        begun = await self._begin(request)
        url = AuthorizationUrl(authorization_url=begun.authorization_url)
        response = json_response(url.model_dump_json().encode())
        set_binding(response, begun.binding)
        return response

    @described(_callback("complete_oauth"))
    async def callback(self, request: web.Request) -> web.Response:
        provider = _provider(request)
        try:
            tokens = await self._rpc.call(_completed(provider, request), request_context(request))
        except ServiceError as error:
            self._log.info("a sign-in elsewhere was refused", code=error.code)
            response = self._back(error.code)
        else:
            response = self._back(SIGNED_IN)
            set_session(response, tokens.refresh_token)
        clear_binding(response)
        return response

    @described(_callback("complete_oauth_by_old_path"))
    async def callback_by_old_path(self, request: web.Request) -> web.Response:
        return await self.callback(request)

    async def _begin(self, request: web.Request) -> OauthBegun:
        # Each is a value in Redis, a request to the provider and a session.
        await self._limits.slow(request)
        return await self._rpc.call(BeginOauth(provider=_provider(request)), request_context(request))

    def _back(self, outcome: str) -> web.Response:
        # The fragment is sent to nobody, and written to no log.
        return _redirect(HTTPStatus.FOUND, f"{self._home}#oauth={outcome}")


def _provider(request: web.Request) -> OauthProvider:
    """Raises `invalid_request` for one that there cannot be."""
    return told(lambda: BeginOauth.model_validate(dict(request.match_info))).provider


def _completed(provider: OauthProvider, request: web.Request) -> CompleteOauth:
    if "error" in request.query:
        raise ServiceError(ErrorCode.OAUTH_REFUSED, "The provider did not let you in.")
    bound = binding(request)
    if bound is None:
        raise ServiceError(ErrorCode.OAUTH_STATE_INVALID, "This sign-in was not begun in this browser.")
    given = {name: request.query[name] for name in ("state", "code") if name in request.query}
    return told(lambda: CompleteOauth.model_validate({"provider": provider, **given, "binding": bound}))


def _redirect(status: HTTPStatus, location: str) -> web.Response:
    return web.Response(status=status, headers={"Location": location})
