"""Makes streams and consumers on JetStream what the contracts say: one step, before services start.

`python -m chassis.provision` with `PROVISION_NATS_URL`, as an administrator, any number of times.
Services hold no right to do this; they only look (`chassis.streams.verified`).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import aiohttp
import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.nats_tls import tls_options
from chassis.secret_files import FileSettings
from chassis.settings import EXIT_SETTINGS, SettingsError, load
from contracts.registry import SERVICES, STREAMS
from contracts.streams import ConsumerSpec, StreamSpec

CONNECT_TIMEOUT = 10


class ProvisionSettings(FileSettings):
    """Where, as whom, and how many copies."""

    model_config = SettingsConfigDict(env_prefix="PROVISION_", hide_input_in_errors=True)

    nats_url: SecretStr = Field(
        description="nats://admin:password@host:port, or tls://…; several with commas"
    )
    nats_ca_file: str = Field(
        default="", description="certificates (PEM) to trust for tls://, beside the system's"
    )
    nats_monitor_url: str = Field(
        default="", description="http://host:port of each server's monitoring, several with commas"
    )
    allow_unsynced: bool = Field(
        default=False, description="true: accept servers that acknowledge before they write to disk"
    )
    replicas: int = Field(default=1, ge=1, le=5, description="copies of each stream in the cluster")


async def provision(
    js: JetStreamContext,
    streams: Iterable[StreamSpec],
    consumers: Iterable[ConsumerSpec],
    *,
    replicas: int = 1,
) -> None:
    """Create what is missing and update what differs. Raises what JetStream refuses."""
    for stream in streams:
        config = stream_config(stream, replicas)
        try:
            await js.stream_info(stream.name)
        except NotFoundError:
            await js.add_stream(config)
        else:
            await js.update_stream(config)
    for consumer in consumers:
        # Creates or updates: `pull_subscribe` would ignore the settings of a consumer that exists.
        await js.add_consumer(consumer.stream, consumer_config(consumer))


async def administrator(settings: ProvisionSettings) -> Client:
    """A connection with all rights, which is not made again when it breaks. Raises what NATS says."""
    servers = settings.nats_url.get_secret_value().split(",")
    return await nats.connect(
        servers,
        connect_timeout=CONNECT_TIMEOUT,
        allow_reconnect=False,
        **tls_options(servers, settings.nats_ca_file),
    )


async def unsynced(monitor_urls: Iterable[str]) -> list[str]:
    """Which of these servers do not have `sync_interval: always`.

    Such a server acknowledges a message minutes before it is on disk, and a power cut takes it. Raises
    `aiohttp.ClientError` or `TimeoutError` for one that does not say.
    """
    found = []
    timeout = aiohttp.ClientTimeout(total=CONNECT_TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
        for url in monitor_urls:
            async with session.get(f"{url}/jsz", params={"config": "1"}) as response:
                config = (await response.json()).get("config", {})
            if config.get("sync_always") is not True:
                found.append(url)
    return found


def stream_config(stream: StreamSpec, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # A full stream refuses a new event, which the outbox then keeps; it never drops an old one.
        discard=DiscardPolicy.NEW,
        max_age=stream.max_age,
        duplicate_window=stream.duplicate_window,
        num_replicas=replicas,
        allow_direct=True,
    )


def consumer_config(consumer: ConsumerSpec) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer.durable,
        filter_subjects=list(consumer.filter_subjects),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=consumer.ack_wait,
        max_ack_pending=consumer.max_ack_pending,
        max_deliver=-1,
    )


async def _require_synced(settings: ProvisionSettings) -> None:
    if settings.allow_unsynced:
        return
    if not settings.nats_monitor_url:
        sys.exit(
            "provision: set PROVISION_NATS_MONITOR_URL, so that it can be seen whether NATS has "
            "`sync_interval: always`, or PROVISION_ALLOW_UNSYNCED=true to lose events at a power cut"
        )
    try:
        bad = await unsynced(settings.nats_monitor_url.split(","))
    except (aiohttp.ClientError, TimeoutError) as error:
        sys.exit(f"provision: PROVISION_NATS_MONITOR_URL does not answer: {type(error).__name__}")
    if bad:
        sys.exit(
            f"provision: {', '.join(bad)} lacks `sync_interval: always` in `jetstream`: a power cut would "
            "take acknowledged events. Set it, or PROVISION_ALLOW_UNSYNCED=true"
        )


async def main() -> None:
    """Provision everything in the registry, and say so in one line."""
    settings = load(ProvisionSettings)
    await _require_synced(settings)
    client = await administrator(settings)
    try:
        consumers = [consumer for service in SERVICES.values() for consumer in service.consumers]
        await provision(client.jetstream(), STREAMS, consumers, replicas=settings.replicas)
    finally:
        await client.close()
    names = ", ".join(stream.name for stream in STREAMS)
    sys.stdout.write(f"provisioned {names} and {len(consumers)} consumers\n")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except SettingsError as error:
        sys.stderr.writelines(f"provision: {line}\n" for line in str(error).splitlines())
        sys.exit(EXIT_SETTINGS)
    except ValueError as error:  # files or addresses that cannot be used
        sys.exit(f"provision: {error}")
    except APIError as error:
        sys.exit(f"provision: JetStream refused: {error.description}")
    except (OSError, nats.errors.Error) as error:
        sys.exit(f"provision: JetStream did not do it: {type(error).__name__}")
