"""The public keys of access tokens, as auth publishes them."""

from __future__ import annotations

import asyncio
import time

import jwt

from chassis.logs import Logger
from chassis.rpc_client import RpcClient
from contracts.auth.rpc import SigningKeys
from contracts.context import RequestContext, request_id
from contracts.errors import ErrorCode, ServiceError

ALGORITHM = "EdDSA"
REFRESH = 300.0
# Between two times of asking: whoever makes ids up does not make us ask more often.
REST = 1.0
# While none is known, so that the first tokens are taken as soon as auth is there.
FIRST_REST = 0.1
TIMEOUT = 2.0


class PublishedKeys:
    """Asks auth at the start, every 5 minutes, and at an unknown id, at most once a second.

    Until it has answered once, a token makes it ask again after a tenth of a second.
    What was known stays known while auth is away.
    """

    def __init__(self, rpc: RpcClient, log: Logger) -> None:
        self._rpc = rpc
        self._log = log
        self._keys: dict[str, jwt.PyJWK] = {}
        self._published: list[dict[str, object]] = []
        self._asking = asyncio.Lock()
        self._asked = -REST
        self._failing = False

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """None for a key that auth does not publish. Raises `unavailable` while none at all is known."""
        if kid not in self._keys:
            async with self._asking:
                rest = REST if self._keys else FIRST_REST
                if kid not in self._keys and time.monotonic() - self._asked >= rest:
                    await self._ask()
        if not self._keys:
            raise ServiceError(
                ErrorCode.UNAVAILABLE, "Access tokens cannot be verified at the moment; try again shortly."
            )
        return self._keys.get(kid)

    async def published(self) -> list[dict[str, object]]:
        """As auth published them. Raises `unavailable` while none is known."""
        if not self._published:
            await self.find("")
        return self._published

    async def run(self) -> None:
        """Keep them fresh."""
        while True:
            async with self._asking:
                answered = await self._ask()
            await asyncio.sleep(REFRESH if answered else REST)

    async def _ask(self) -> bool:
        try:
            context = RequestContext.lasting(TIMEOUT, request_id=request_id())
            reply = await self._rpc.call(SigningKeys(), context)
            keys = _usable(reply.keys)
        except jwt.PyJWTError as error:
            self._log.error("auth published keys that cannot be used", exc_info=error)
            return False
        except ServiceError as error:
            if not self._failing:
                self._failing = True
                self._log.warning("waiting for auth to tell the keys of access tokens", code=error.code)
            return False
        finally:
            self._asked = time.monotonic()
        self._failing = False
        self._published = reply.keys
        self._keys = {key.key_id: key for key in keys if key.key_id}
        return True


def _usable(keys: list[dict[str, object]]) -> list[jwt.PyJWK]:
    # A newer auth may publish kinds that this version does not know.
    known = [key for key in keys if key.get("alg") == ALGORITHM]
    return jwt.PyJWKSet.from_dict({"keys": known}).keys if known else []
