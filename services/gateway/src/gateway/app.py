"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from chassis import broker, redis
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from contracts import asyncapi
from gateway.description import openapi
from gateway.http.accounts import AccountHandlers
from gateway.http.body import BodyReader
from gateway.http.descriptions import DescriptionHandlers
from gateway.http.notes import NoteHandlers
from gateway.http.own_notes import OwnNoteHandlers
from gateway.http.pages import PageHandlers
from gateway.identity import TokenVerifier
from gateway.middleware.bound import bound_middleware
from gateway.middleware.context import CLIENT_KEY, TIMEOUT, context_middleware
from gateway.middleware.errors import errors_middleware
from gateway.middleware.identity import identity_middleware
from gateway.routes import account_routes, api_routes, description_routes, page_routes
from gateway.settings import GatewaySettings
from gateway.signing_keys import PublishedKeys

# An idle or half-sent head is cut after this; aiohttp's own default leaves it open for an hour.
KEEPALIVE_TIMEOUT = 7.0


@asynccontextmanager
async def compose(runtime: Runtime[GatewaySettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    settings = runtime.settings
    async with broker.connected(runtime) as client, redis.connected(runtime):
        rpc = RpcClient(runtime, client)
        keys = PublishedKeys(rpc, runtime.log)
        app = application(runtime, rpc, keys)
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_log(),
            keepalive_timeout=KEEPALIVE_TIMEOUT,
            auto_decompress=False,
            shutdown_timeout=settings.shutdown_timeout,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            runtime.log.info("listening", host=settings.host, port=runner.addresses[0][1])
            async with runtime.background("signing-keys", keys.run):
                yield
        finally:
            await runner.cleanup()


def application(runtime: Runtime[GatewaySettings], rpc: RpcClient, keys: PublishedKeys) -> web.Application:
    """The HTTP application over services reached through `rpc`."""
    settings = runtime.settings
    verifier = TokenVerifier(keys, issuer=settings.token_issuer, audience=settings.token_audience)
    app = web.Application(
        client_max_size=settings.max_body_bytes,
        middlewares=[
            context_middleware(runtime.log, runtime.metrics),
            errors_middleware(runtime.log),
            bound_middleware(
                settings.concurrency,
                large=settings.large_bodies,
                large_wait=settings.body_timeout,
                registry=runtime.metrics,
            ),
            identity_middleware(verifier),
        ],
    )
    app[TIMEOUT] = settings.request_timeout
    app[CLIENT_KEY] = settings.client_key.get_secret_value().encode()
    bodies = BodyReader(max_bytes=settings.max_body_bytes, timeout=settings.body_timeout)
    app.add_routes(account_routes(AccountHandlers(rpc, bodies)))
    app.add_routes(api_routes(NoteHandlers(rpc, bodies), OwnNoteHandlers(rpc, bodies)))
    app.add_routes(description_routes(DescriptionHandlers(openapi.text(), asyncapi.text())))
    if settings.web_root is not None:
        app.add_routes(page_routes(PageHandlers(settings.web_root)))
    return app


def _http_log() -> logging.Logger:
    # What does not parse as HTTP is answered by aiohttp with a 400 and is the peer's affair; what fails in a
    # handler is logged by our own middleware.
    log = logging.getLogger("gateway.http")
    log.setLevel(logging.CRITICAL)
    return log
