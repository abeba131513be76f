"""The composition root: the only file of this service that names concrete classes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from chassis import broker, redis
from chassis.follower import Follower, following
from chassis.metrics import FollowerMetrics
from chassis.redis import WatchedRedis
from chassis.rpc_client import RpcClient
from chassis.runtime import Runtime
from contracts import asyncapi
from contracts.auth.events import UserSessionsRevoked
from contracts.messages import Envelope
from contracts.registry import ENDED_SESSIONS, LIVE_NOTES
from gateway.client_address import ClientAddresses, networks
from gateway.connections import Admission, listening
from gateway.cors import allowed_origins
from gateway.description import openapi
from gateway.http.body import BodyReader
from gateway.http.cookie_sessions import CookieSessionHandlers
from gateway.http.descriptions import DescriptionHandlers
from gateway.http.forwarding import Forwarding
from gateway.http.jwks import JwksHandlers
from gateway.http.link_pages import LinkPages
from gateway.http.live import LiveHandlers
from gateway.http.me import MeHandlers
from gateway.http.notes import NoteHandlers
from gateway.http.oauth import OauthHandlers
from gateway.http.own_notes import OwnNoteHandlers
from gateway.http.pages import PageHandlers, not_found_middleware
from gateway.http.passwords import PasswordHandlers
from gateway.http.session_cookie import OwnOrigin
from gateway.http.sessions import SessionHandlers
from gateway.http.sign_up import SignUpHandlers
from gateway.identity import TokenVerifier
from gateway.limits.quota import Quota
from gateway.limits.rate_limiter import Quotas, RateLimiter
from gateway.limits.redis_buckets import RedisBuckets
from gateway.live.hub import LiveHub
from gateway.middleware.bound import Bounds, bound_middleware
from gateway.middleware.context import TIMEOUT, Traces, answering, context_middleware
from gateway.middleware.cors import cors_headers, preflight_middleware
from gateway.middleware.elsewhere import elsewhere_middleware
from gateway.middleware.errors import errors_middleware, framing_middleware
from gateway.middleware.identity import identity_middleware
from gateway.middleware.limits import RequestLimits, Unlimited, limits_middleware
from gateway.revocations import SPAN, Revocations
from gateway.routes import account_routes, api_routes, description_routes, page_routes, session_routes
from gateway.security_headers import SecurityHeaders
from gateway.settings import GatewaySettings
from gateway.signing_keys import PublishedKeys

# What is still coming in when its answer is out is read for so long, so that the client sees the answer.
LINGERING_TIME = 2.0
# A connection whose peer takes nothing of what waits for it ends after so long.
UNREAD_TIMEOUT = 15.0

CLIENTS = web.AppKey("clients", ClientAddresses)
LIVE = web.AppKey("live", LiveHub)
SECURITY = web.AppKey("security", SecurityHeaders)


@asynccontextmanager
async def compose(runtime: Runtime[GatewaySettings]) -> AsyncIterator[None]:
    """Start in this order, stop in the reverse."""
    settings = runtime.settings
    async with broker.connected(runtime) as client, redis.connected(runtime, settings.redis_url) as shared:
        rpc = RpcClient(runtime, client)
        keys = PublishedKeys(rpc, runtime.log)
        revocations = Revocations(runtime.metrics)
        app = application(runtime, rpc, keys, revocations, shared)
        live = app[LIVE]

        def end_sessions(envelope: Envelope[UserSessionsRevoked]) -> None:
            revocations.take(envelope)
            live.end_sessions(envelope.data.session_ids)

        metrics = FollowerMetrics(runtime.metrics)
        ended = Follower(runtime, client, metrics, follow=ENDED_SESSIONS, since=SPAN, handler=end_sessions)
        happened = Follower(
            runtime, client, metrics, follow=LIVE_NOTES, since=None, handler=live.hear, begun=live.refresh
        )
        # Before anything is heard: the first request must not get in with a token that is over.
        async with (
            following(runtime, revocations=ended, live=happened),
            listening(
                app,
                Admission(
                    clients=app[CLIENTS],
                    total=settings.max_connections,
                    per_client=settings.max_connections_per_client,
                    registry=runtime.metrics,
                ),
                app[SECURITY],
                runtime.log,
                host=settings.host,
                port=settings.port,
                on_stop=live.stop,
                drain_timeout=settings.drain_timeout,
                shutdown_timeout=settings.shutdown_timeout,
                logger=_http_log(),
                keepalive_timeout=settings.idle_timeout,
                lingering_time=LINGERING_TIME,
                unread_timeout=UNREAD_TIMEOUT,
                auto_decompress=False,
            ) as port,
        ):
            runtime.log.info("listening", host=settings.host, port=port)
            async with runtime.background("signing-keys", keys.run):
                yield


def application(
    runtime: Runtime[GatewaySettings],
    rpc: RpcClient,
    keys: PublishedKeys,
    revocations: Revocations,
    shared: WatchedRedis,
) -> web.Application:
    """The HTTP application over services reached through `rpc`, with its limits in `shared`."""
    settings = runtime.settings
    clients = ClientAddresses(
        settings.client_key.get_secret_value().encode(),
        networks(settings.trusted_proxies),
        settings.forwarded_header,
    )
    security = SecurityHeaders(hsts_max_age=settings.hsts_max_age)
    limiter = _limiter(runtime, shared) if settings.rate_limits == "on" else Unlimited()
    limits = RequestLimits(limiter, clients)
    origins = allowed_origins(settings.cors_origins)
    bounds = Bounds(
        total=settings.concurrency,
        per_client=settings.concurrency_per_client,
        large=settings.large_bodies,
        large_per_client=settings.large_bodies_per_client,
        large_wait=settings.body_timeout,
        body_bytes=settings.max_body_bytes,
    )
    verifier = TokenVerifier(
        keys, revocations, issuer=settings.token_issuer, audience=settings.token_audience
    )
    traces = Traces(runtime.tracing, settings.trace_ratio)
    pages = PageHandlers(settings.web_root) if settings.web_root is not None else None
    app = web.Application(
        client_max_size=settings.max_body_bytes,
        middlewares=[
            context_middleware(clients, traces),
            errors_middleware(runtime.log),
            elsewhere_middleware(lambda: rpc.is_connected),
            limits_middleware(limits),
            framing_middleware,
            *([preflight_middleware(origins)] if origins else []),
            bound_middleware(bounds, runtime.metrics),
            identity_middleware(verifier),
            *([not_found_middleware(pages)] if pages else []),
        ],
    )
    if origins:
        app.on_response_prepare.append(cors_headers(origins))
    app.on_response_prepare.append(answering(runtime.log, runtime.metrics, security))
    app[TIMEOUT] = settings.request_timeout
    app[CLIENTS] = clients
    app[SECURITY] = security
    live = LiveHub(
        total=settings.streams,
        per_client=settings.streams_per_client,
        heartbeat=settings.heartbeat,
        registry=runtime.metrics,
    )
    app[LIVE] = live
    bodies = BodyReader(max_bytes=settings.max_body_bytes, timeout=settings.body_timeout)
    forwarding = Forwarding(rpc, bodies, limits)
    links = LinkPages(settings.public_url)
    app.add_routes(
        account_routes(
            SignUpHandlers(forwarding, links),
            PasswordHandlers(forwarding, links),
            MeHandlers(forwarding, rpc, limits, revocations, runtime.log),
        )
    )
    app.add_routes(
        session_routes(
            SessionHandlers(forwarding, rpc),
            CookieSessionHandlers(forwarding, rpc, OwnOrigin(settings.public_url)),
            OauthHandlers(forwarding, rpc, limits, settings.public_url, runtime.log),
            JwksHandlers(keys),
        )
    )
    app.add_routes(
        api_routes(
            NoteHandlers(rpc, bodies, limits),
            OwnNoteHandlers(rpc, bodies),
            LiveHandlers(rpc, live, revocations, traces),
        )
    )
    app.add_routes(description_routes(DescriptionHandlers(openapi.text, asyncapi.text)))
    if pages is not None:
        app.add_routes(page_routes(pages))
    return app


def _limiter(runtime: Runtime[GatewaySettings], shared: WatchedRedis) -> RateLimiter:
    settings = runtime.settings
    quotas = Quotas(
        general=Quota.parse("general", settings.limit_general),
        slow=Quota.parse("slow", settings.limit_slow),
        account_client=Quota.parse("account_client", settings.limit_account_client),
        account=Quota.parse("account", settings.limit_account),
    )
    return RateLimiter(RedisBuckets(shared), quotas, runtime.metrics)


def _http_log() -> logging.Logger:
    # What does not parse as HTTP is answered by aiohttp with a 400 and is the peer's affair; what fails in a
    # handler is logged by our own middleware.
    log = logging.getLogger("gateway.http")
    log.setLevel(logging.CRITICAL)
    return log
