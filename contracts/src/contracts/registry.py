"""Everything on the wire: which service answers, asks, emits and follows what.

The permissions on NATS (`permissions`), the schema snapshots and the generated descriptions all follow
from this one page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.auth.rpc import PingAuth
from contracts.mailer.rpc import PingMailer
from contracts.messages import Event, Request
from contracts.notes.rpc import (
    AcknowledgeReveal,
    ChangeContent,
    ChangeExpiry,
    ChangePassword,
    CreateNote,
    DeleteNote,
    GetNoteMetadata,
    GetNoteStatus,
    ListNotes,
    RevealNote,
)
from contracts.streams import DEAD_LETTERS, EVENTS, ConsumerSpec, StreamSpec

RequestType = type[Request[Any]]


@dataclass(frozen=True, slots=True)
class ServiceContract:
    """One service: the requests that it serves and calls, the events that it emits and consumes."""

    name: str
    serves: tuple[RequestType, ...] = ()
    calls: tuple[RequestType, ...] = ()
    emits: tuple[type[Event], ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()


_NOTES: tuple[RequestType, ...] = (
    CreateNote,
    RevealNote,
    AcknowledgeReveal,
    GetNoteMetadata,
    GetNoteStatus,
    ListNotes,
    ChangeExpiry,
    ChangePassword,
    ChangeContent,
    DeleteNote,
)

SERVICES: Mapping[str, ServiceContract] = {
    contract.name: contract
    for contract in (
        ServiceContract(name="auth", serves=(PingAuth,)),
        ServiceContract(name="notes", serves=_NOTES),
        ServiceContract(name="gateway", calls=_NOTES),
        ServiceContract(name="mailer", serves=(PingMailer,)),
    )
}

STREAMS: tuple[StreamSpec, ...] = (EVENTS, DEAD_LETTERS)

REQUESTS: tuple[RequestType, ...] = tuple(
    request for service in SERVICES.values() for request in service.serves
)
EVENT_TYPES: tuple[type[Event], ...] = tuple(
    event for service in SERVICES.values() for event in service.emits
)
