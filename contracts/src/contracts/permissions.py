"""What a service may do on NATS, derived from the registry: nothing that its contract does not say.

Streams and consumers are made by the provisioning step, as an administrator. A service reads their
state, publishes its own events and fetches from its own consumers; it cannot create or change them.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.registry import SERVICES
from contracts.streams import DEAD_LETTERS, EVENTS


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects for one user of NATS. `responds`: it may answer what it was asked (`allow_responses`)."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    inbox_prefix: str
    responds: bool


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
    return Permissions(
        publish=tuple(dict.fromkeys(publish)),
        subscribe=tuple(subscribe),
        inbox_prefix=inbox_prefix(name),
        responds=bool(service.serves),
    )
