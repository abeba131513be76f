"""`/.well-known/jwks.json`: the keys of access tokens, for whoever verifies them besides us."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from contracts.auth.rpc import SigningKeysReply
from contracts.errors import ErrorCode
from gateway.description.operation import Identity, Operation, described
from gateway.http.messages import json_response

# Public, for pages and caches of everybody; short, so that a new key is known in time.
OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}


class PublishedKeys(Protocol):
    async def published(self) -> list[dict[str, object]]: ...


class JwksHandlers:
    """The same keys by which this gateway verifies."""

    def __init__(self, keys: PublishedKeys) -> None:
        self._keys = keys

    @described(
        Operation(
            id="signing_keys",
            summary="The public keys of access tokens",
            reply=SigningKeysReply,
            identity=Identity.NOBODY,
            refusals=(ErrorCode.UNAVAILABLE,),
        )
    )
    async def jwks(self, _: web.Request) -> web.Response:
        reply = SigningKeysReply(keys=await self._keys.published())
        return json_response(reply.model_dump_json().encode(), headers=OPEN)
