"""The connection to NATS, with the options that keep it honest.

The defaults of nats-py 2.16 that are changed here, and why:

- requests are buffered while disconnected and delivered late, after their caller gave up: a pending size
  of 0 refuses them at once;
- after 60 attempts a client is closed for ever: unlimited attempts, and a closed connection ends the
  process (https://github.com/nats-io/nats.py/issues/735);
- a dead link is noticed after four minutes: a ping each 10 s, two unanswered at most;
- a refused publish or subscription is told to nobody: it is logged as an error and counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client

from chassis.logs import Logger
from chassis.metrics import BrokerMetrics
from chassis.nats_tls import tls_options
from chassis.runtime import Runtime
from chassis.settings import SettingsError
from contracts.permissions import inbox_prefix

CONNECT_TIMEOUT = 2
RECONNECT_WAIT = 0.25
PING_INTERVAL = 10
DRAIN_TIMEOUT = 5
CLOSE_TIMEOUT = 2


@asynccontextmanager
async def connected(runtime: Runtime[Any]) -> AsyncIterator[Client]:
    """A connection as the service's own user, with the service's own inbox.

    Waits for NATS until the runtime's start timeout; afterwards reconnects for as long as it takes, and
    readiness says so meanwhile. Draining at the end is time-boxed. Raises `SettingsError` for certificates
    that cannot be read.
    """
    log = runtime.log
    metrics = BrokerMetrics(runtime.metrics)
    stopping = False

    async def on_error(error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            metrics.violations.inc()
            log.error("NATS refused what the contract does not allow", detail=str(error))
        else:
            log.info("NATS connection error", kind=type(error).__name__)

    async def on_disconnected() -> None:
        metrics.connected.set(0)
        if not stopping:
            log.warning("disconnected from NATS")

    async def on_reconnected() -> None:
        metrics.connected.set(1)
        metrics.reconnects.inc()
        log.info("reconnected to NATS")

    async def on_closed() -> None:
        metrics.connected.set(0)
        if not stopping:
            runtime.fail("the connection to NATS is closed")

    servers = runtime.settings.nats_url.get_secret_value().split(",")
    try:
        tls = tls_options(servers, runtime.settings.nats_ca_file)
        user, password = _user_of(servers)
    except (OSError, ValueError) as error:
        prefix = runtime.settings.model_config.get("env_prefix", "")
        raise SettingsError(f"{prefix}NATS_URL, {prefix}NATS_CA_FILE: {error}") from None
    client = await nats.connect(
        servers,
        **tls,
        user=user,
        password=password,
        name=runtime.name,
        inbox_prefix=inbox_prefix(runtime.name),
        connect_timeout=CONNECT_TIMEOUT,
        reconnect_time_wait=RECONNECT_WAIT,
        max_reconnect_attempts=-1,
        ping_interval=PING_INTERVAL,
        max_outstanding_pings=2,
        pending_size=0,
        drain_timeout=DRAIN_TIMEOUT,
        error_cb=on_error,
        disconnected_cb=on_disconnected,
        reconnected_cb=on_reconnected,
        closed_cb=on_closed,
    )
    metrics.connected.set(1)
    metrics.pending.set_function(lambda: client.pending_data_size)
    runtime.health.require("nats", lambda: None if client.is_connected else "disconnected")
    try:
        yield client
    finally:
        stopping = True
        await _close(client, log)


def _user_of(servers: Sequence[str]) -> tuple[str | None, str | None]:
    """The one user and password of all addresses, or None twice.

    Given apart from them, since nodes of a cluster that only the server names come without. Raises
    `ValueError` where addresses name several.
    """
    addresses = [urlsplit(server.strip()) for server in servers]
    users = {(address.username, address.password) for address in addresses if address.username}
    if len(users) > 1:
        raise ValueError("all addresses take the same user and password")
    return users.pop() if users else (None, None)


async def _close(client: Client, log: Logger) -> None:
    try:
        # `drain` raises while reconnecting and may hang (nats.py); what matters is that we go on.
        async with asyncio.timeout(DRAIN_TIMEOUT):
            if client.is_connected:
                await client.drain()
    except Exception as error:  # noqa: BLE001 - a stop goes on whatever the connection says
        log.warning("NATS was not drained", kind=type(error).__name__)
    if not client.is_closed:
        await asyncio.wait([asyncio.ensure_future(client.close())], timeout=CLOSE_TIMEOUT)
