"""What a service may do on NATS, derived from the registry: nothing that its contract does not say.

Streams and durable consumers are made by the provisioning step, as an administrator. A service reads their
state, publishes its own events and fetches from its own consumers; it cannot create or change them. One that
follows events makes ephemeral consumers for these events alone, and cannot touch a durable one.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.registry import SERVICES
from contracts.streams import DEAD_LETTERS, EVENTS


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects for one user of NATS. `responds`: it may answer what it was asked (`allow_responses`).

    `publish_denied` are exceptions from `publish`.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    inbox_prefix: str
    responds: bool
    publish_denied: tuple[str, ...] = ()


def inbox_prefix(service: str) -> str:
    """The service's own inbox, so that nobody reads another's replies."""
    return f"_INBOX_{service}"


def permissions(name: str) -> Permissions:
    """Permissions of one service. Raises `KeyError` for a name that the registry does not know."""
    service = SERVICES[name]
    publish = [request.subject for request in service.calls]
    subscribe = [f"{inbox_prefix(name)}.>"]
    if service.serves:
        subscribe += [request.subject for request in service.serves]
        # Discovery of ADR-32: everybody is asked, this kind is asked, this replica is asked.
        subscribe += [
            f"$SRV.{verb}{target}"
            for verb in ("PING", "INFO", "STATS")
            for target in ("", f".{name}", f".{name}.*")
        ]
    if service.emits:
        publish += [event.subject for event in service.emits]
        publish.append(f"$JS.API.STREAM.INFO.{EVENTS.name}")
    for consumer in service.consumers:
        target = f"{consumer.stream}.{consumer.durable}"
        publish += [
            f"$JS.API.STREAM.INFO.{consumer.stream}",
            f"$JS.API.CONSUMER.INFO.{target}",
            f"$JS.API.CONSUMER.MSG.NEXT.{target}",
            f"$JS.ACK.{target}.>",
            f"dead.{consumer.durable}.>",
            f"$JS.API.STREAM.INFO.{DEAD_LETTERS.name}",
        ]
    for follow in service.follows:
        # The server checks that what is made under this subject has this filter.
        publish.append(f"$JS.API.CONSUMER.CREATE.{EVENTS.name}.*.{follow.filter_subject}")
    if service.follows:
        publish.append(f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS.name}.*")
    return Permissions(
        publish=tuple(dict.fromkeys(publish)),
        subscribe=tuple(subscribe),
        inbox_prefix=inbox_prefix(name),
        responds=bool(service.serves),
        publish_denied=_durables() if service.follows else (),
    )


def _durables() -> tuple[str, ...]:
    # Names of ephemeral consumers are random and need a wildcard, which must not reach the durable ones.
    return tuple(
        f"$JS.API.CONSUMER.{verb}"
        for service in SERVICES.values()
        for consumer in service.consumers
        for verb in (
            f"CREATE.{consumer.stream}.{consumer.durable}.>",
            f"MSG.NEXT.{consumer.stream}.{consumer.durable}",
        )
    )
