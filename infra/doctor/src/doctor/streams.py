"""JetStream, as the administrator of provisioning."""

from __future__ import annotations

import asyncio

import aiohttp
import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from chassis.provision import ProvisionSettings, administrator, unsynced
from chassis.streams import consumer_differences, stream_differences
from contracts.registry import SERVICES, STREAMS
from contracts.streams import DEAD_LETTERS, ConsumerSpec, StreamSpec
from doctor.finding import Finding, ok, warning, wrong
from doctor.installation import Installation

CONNECT_WITHIN = 5.0
PROVISION = "Run the provisioning step of this version"


async def streams(installation: Installation) -> list[Finding]:
    """Streams, consumers, dead letters, and whether what is acknowledged is on disk."""
    settings = installation.provision
    if settings is None:
        return []
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            client = await administrator(settings)
    except (OSError, ValueError, nats.errors.Error) as error:
        return [
            wrong(
                "jetstream",
                f"no connection ({type(error).__name__})",
                "Look at PROVISION_NATS_URL, and at NATS",
            )
        ]
    try:
        js = client.jetstream()
        findings = [await _stream(js, stream, settings.replicas) for stream in STREAMS]
        for service in SERVICES.values():
            findings += [await _consumer(js, consumer) for consumer in service.consumers]
        return [*findings, await _dead_letters(js), await _on_disk(settings)]
    except (OSError, nats.errors.Error) as error:
        return [wrong("jetstream", f"it did not answer ({type(error).__name__})", "Look at the log of NATS")]
    finally:
        await client.close()


async def _stream(js: JetStreamContext, stream: StreamSpec, replicas: int) -> Finding:
    about = f"stream {stream.name}"
    try:
        different = await stream_differences(js, stream)
        copies = (await js.stream_info(stream.name)).config.num_replicas
    except NotFoundError:
        return wrong(
            about,
            "it is not there",
            f"{PROVISION}; docs/operations.md#when-events-do-not-arrive if it was lost",
        )
    if copies != replicas:
        different.append(f"replicas: {copies} and not {replicas}")
    if different:
        return wrong(about, f"not what the contracts say: {', '.join(different)}", PROVISION)
    return ok(about, "as the contracts say")


async def _consumer(js: JetStreamContext, consumer: ConsumerSpec) -> Finding:
    about = f"consumer {consumer.durable}"
    try:
        different = await consumer_differences(js, consumer)
    except NotFoundError:
        return wrong(about, "it is not there", PROVISION)
    if different:
        return wrong(about, f"not what the contracts say: {', '.join(different)}", PROVISION)
    return ok(about, "as the contracts say")


async def _dead_letters(js: JetStreamContext) -> Finding:
    try:
        count = (await js.stream_info(DEAD_LETTERS.name)).state.messages
    except NotFoundError:
        return wrong("dead letters", "there is no stream for them", PROVISION)
    if count:
        return warning(
            "dead letters",
            f"{count} events were given up",
            "`python -m chassis.dead_letters list` says why, `replay --all` delivers them again",
        )
    return ok("dead letters", "none")


async def _on_disk(settings: ProvisionSettings) -> Finding:
    if not settings.nats_monitor_url:
        return warning(
            "sync", "not known whether NATS writes before it acknowledges", "Set PROVISION_NATS_MONITOR_URL"
        )
    try:
        bad = await unsynced(settings.nats_monitor_url.split(","))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return warning("sync", f"no answer ({type(error).__name__})", "Look at PROVISION_NATS_MONITOR_URL")
    if bad:
        return wrong(
            "sync",
            f"{', '.join(bad)} acknowledges events that a power cut would take",
            "Set `sync_interval: always` in `jetstream`",
        )
    return ok("sync", "NATS writes events to disk before it acknowledges them")
