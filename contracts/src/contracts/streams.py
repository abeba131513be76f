"""Where events are kept, and who consumes them: what the provisioning step makes on JetStream."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.messages import Event

DAY = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream with limits retention on files. Durations in seconds."""

    name: str
    subjects: tuple[str, ...]
    max_age: float
    # JetStream drops a second message with the same Nats-Msg-Id inside this window.
    duplicate_window: float = 120.0


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable pull consumer with explicit acknowledgement, named after the service that consumes.

    It delivers until acknowledged or terminated: giving up is the consumer's decision, written to
    `DEAD_LETTERS`, never the server's silence. `ack_wait` in seconds.
    """

    stream: str
    durable: str
    filter_subjects: tuple[str, ...]
    ack_wait: float = 30.0
    max_ack_pending: int = 256


EVENTS = StreamSpec(name="EVENTS", subjects=("events.>",), max_age=7 * DAY)
DEAD_LETTERS = StreamSpec(name="DEAD_LETTERS", subjects=("dead.>",), max_age=30 * DAY)


def consumer(service: str, *events: type[Event]) -> ConsumerSpec:
    """The durable of a service on `EVENTS`, for these events alone."""
    return ConsumerSpec(EVENTS.name, service, tuple(event.subject for event in events))


@dataclass(frozen=True, slots=True)
class FollowSpec:
    """What each process of a service reads for itself from `EVENTS`, with one ephemeral consumer.

    The filter of several events of one entity takes in all of that entity: NATS can hold whoever makes a
    consumer to one filter, and not to several.
    """

    events: tuple[type[Event], ...]
    filter_subject: str


def follow(*events: type[Event]) -> FollowSpec:
    """Raises `ValueError` for events of different entities."""
    first, *others = (event.subject for event in events)
    if not others:
        return FollowSpec(events, first)
    (entity,) = {subject.rpartition(".")[0] for subject in (first, *others)}
    return FollowSpec(events, f"{entity}.*")
