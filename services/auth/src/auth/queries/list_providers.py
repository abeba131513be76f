"""Where one may sign in instead."""

from __future__ import annotations

from collections.abc import Collection

from contracts.auth import rpc
from contracts.context import RequestContext


class ListProviders:
    """Those that are configured, in the contract's order."""

    def __init__(self, configured: Collection[rpc.OauthProvider]) -> None:
        self._reply = rpc.ProvidersReply(
            providers=[provider for provider in rpc.OauthProvider if provider in configured]
        )

    async def __call__(self, _: rpc.ListProviders, __: RequestContext) -> rpc.ProvidersReply:
        return self._reply
