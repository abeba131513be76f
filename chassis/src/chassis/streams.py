"""What a service expects to find on JetStream, looked at before it starts.

The provisioning step makes it (`chassis.provision`); a service cannot, and must not run beside something
else under the same name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, DiscardPolicy, RetentionPolicy, StorageType

from chassis.runtime import Runtime
from chassis.settings import SettingsError
from contracts.streams import ConsumerSpec, StreamSpec

ANSWER_WITHIN = 2.0
RETRY_WAIT = 0.5


async def verified(
    runtime: Runtime[Any],
    client: Client,
    streams: Iterable[StreamSpec],
    consumers: Iterable[ConsumerSpec] = (),
) -> None:
    """Return once all of them are there. Waits for them until the runtime's start timeout.

    Raises `SettingsError` for one that is there and is not what the contracts say.
    """
    js = client.jetstream(timeout=ANSWER_WITHIN)
    told = False
    while True:
        try:
            for stream in streams:
                _compare(stream.name, await stream_differences(js, stream))
            for consumer in consumers:
                _compare(consumer.durable, await consumer_differences(js, consumer))
        except (nats.errors.Error, TimeoutError) as error:
            if not told:
                told = True
                runtime.log.warning(
                    "waiting for the streams; is provisioning done?", kind=type(error).__name__
                )
            await asyncio.sleep(RETRY_WAIT)
        else:
            return


def _compare(name: str, differences: list[str]) -> None:
    if differences:
        raise SettingsError(
            f"{name} on JetStream is not what the contracts say ({', '.join(differences)}): run the "
            "provisioning step of this version."
        )


async def stream_differences(js: JetStreamContext, stream: StreamSpec) -> list[str]:
    """Which settings are not what the contracts say. Raises `NotFoundError`, and what NATS says."""
    config = (await js.stream_info(stream.name)).config
    found = {
        "subjects": set(config.subjects or ()) == set(stream.subjects),
        "retention": config.retention == RetentionPolicy.LIMITS,
        "storage": config.storage == StorageType.FILE,
        "discard": config.discard == DiscardPolicy.NEW,
        "max_age": config.max_age == stream.max_age,
        "duplicate_window": config.duplicate_window == stream.duplicate_window,
    }
    return [name for name, same in found.items() if not same]


async def consumer_differences(js: JetStreamContext, consumer: ConsumerSpec) -> list[str]:
    """Which settings are not what the contracts say. Raises `NotFoundError`, and what NATS says."""
    config = (await js.consumer_info(consumer.stream, consumer.durable)).config
    filters = set(config.filter_subjects or ([config.filter_subject] if config.filter_subject else []))
    found = {
        # A rolling update may have given it the subjects of the next version already.
        "filter_subjects": filters >= set(consumer.filter_subjects),
        "ack_policy": config.ack_policy == AckPolicy.EXPLICIT,
        "max_deliver": config.max_deliver == -1,
    }
    return [name for name, same in found.items() if not same]
