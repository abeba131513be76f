"""With which keys access tokens are verified."""

from __future__ import annotations

import json
from typing import Protocol

from contracts.auth import rpc
from contracts.context import RequestContext


class Keys(Protocol):
    async def published(self, context: RequestContext) -> list[str]: ...


class GetSigningKeys:
    """Public parts alone."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def __call__(self, _request: rpc.SigningKeys, context: RequestContext) -> rpc.SigningKeysReply:
        return rpc.SigningKeysReply(keys=[json.loads(key) for key in await self._keys.published(context)])
