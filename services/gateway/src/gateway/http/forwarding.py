"""From an HTTP request to a request of the contracts and back, for the handlers of accounts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from chassis.rpc_client import RpcClient
from contracts.messages import Request
from gateway.http.body import BodyReader
from gateway.http.messages import read_message
from gateway.middleware.context import request_context
from gateway.middleware.limits import Purpose, RequestLimits

JSON = "application/json"


class Forwarding:
    """Bodies pass through as bytes, both ways: auth alone reads them. Of an address that a body names, the
    limits see a keyed hash.

    `guarded`: for what guesses at a secret or sends mail, limited by client and by account. Raises
    `too_many_requests`, what reading the body raises, and what the service refuses.
    """

    def __init__(self, rpc: RpcClient, bodies: BodyReader, limits: RequestLimits) -> None:
        self._rpc = rpc
        self._bodies = bodies
        self._limits = limits

    async def body(
        self,
        request_type: type[Request[Any]],
        request: web.Request,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        guarded: Purpose | None = None,
    ) -> web.Response:
        """What the body says; the answer is the service's, or empty with 204."""
        return answer(await self.reply(request_type, request, guarded=guarded), status)

    async def reply(
        self, request_type: type[Request[Any]], request: web.Request, *, guarded: Purpose | None = None
    ) -> bytes:
        """The same, giving the service's answer as bytes."""
        if guarded:
            await self._limits.slow(request)
        body = await self._bodies.read(request)
        if guarded:
            await self._limits.account(request, guarded, body)
        return await self._rpc.forward(request_type, body or b"{}", request_context(request))

    async def path_and_body(
        self, request_type: type[Request[Any]], request: web.Request, *, guarded: Purpose | None = None
    ) -> web.Response:
        """What path and body say together."""
        if guarded:
            await self._limits.slow(request)
        message = await read_message(request_type, request, self._bodies)
        if guarded:
            await self._limits.account(request, guarded, b"{}")
        return await self.message(message, request)

    async def message(
        self, message: Request[Any], request: web.Request, status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        """A message that is made already."""
        return answer(await self._rpc.ask(message, request_context(request)), status)


def answer(reply: bytes, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Of JSON, or empty with 204."""
    if status is HTTPStatus.NO_CONTENT:
        return web.Response(status=status)
    return web.Response(body=reply, status=status, content_type=JSON)
