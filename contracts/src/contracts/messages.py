"""The kinds of message that cross between services: requests with their replies, and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, SerializeAsAny

SUBJECT_TOKENS = 3
EVENT_SUBJECT_TOKENS = 5


class Message(BaseModel):
    """A JSON object of known fields. Immutable, so that it may be handed from layer to layer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reply(Message):
    """What a service answers. Fields unknown to the reader are ignored: a newer service may say more.

    A field that is None is left out on the wire.
    """

    model_config = ConfigDict(extra="ignore")


ReplyT = TypeVar("ReplyT", bound=Reply)


class Request(Message, Generic[ReplyT]):
    """What a caller asks of one service, on a subject of its own.

    A concrete request names both ends in one line, and a client's `call` is typed by it:

        class CreateNote(Request[NoteCreatedReply], subject="notes.v1.create_note"): ...

    Raises `TypeError` at definition when the subject is not `<service>.<version>.<operation>` or the
    reply type is missing.
    """

    subject: ClassVar[str]
    reply_type: ClassVar[type[Reply]]

    def __init_subclass__(cls, *, subject: str | None = None, **kwargs: Any) -> None:
        # Pydantic hands the keywords to both hooks, and `Generic` takes none.
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, *, subject: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if subject is None:
            return  # `Request[SomeReply]` itself, which pydantic makes on the way
        if len(subject.split(".")) != SUBJECT_TOKENS:
            raise TypeError(f"{cls.__name__}: subject is <service>.<version>.<operation>")
        cls.subject = subject
        cls.reply_type = _reply_argument(cls)

    @classmethod
    def service(cls) -> str:
        """Name of the service that answers."""
        return cls.subject.split(".")[0]

    @classmethod
    def operation(cls) -> str:
        """Last token of the subject: the name of the endpoint, and the label of its metrics."""
        return cls.subject.split(".")[-1]


def _reply_argument(request: type[Request[Any]]) -> type[Reply]:
    for parent in request.__mro__:
        arguments = getattr(parent, "__pydantic_generic_metadata__", {}).get("args", ())
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], Reply):
            return arguments[0]
    raise TypeError(f"{request.__name__}: write Request[<its reply>]")


class Event(Message):
    """A fact that a service committed. Ids only: no content, no token, no password, no address.

    Unknown fields are ignored, as in a reply. The events of one kind of entity share a base that says which
    field holds its id; a concrete event names its subject:

        class NoteRevealed(NoteEvent, subject="events.notes.v1.note.revealed"): ...

    Raises `TypeError` at definition when it is not `events.<service>.<version>.<entity>.<past_verb>`.
    """

    model_config = ConfigDict(extra="ignore")

    subject: ClassVar[str]

    @property
    def entity_id(self) -> UUID:
        """Of the note or the user that it happened to."""
        raise NotImplementedError

    def __init_subclass__(cls, *, subject: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, *, subject: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if subject is None:
            return  # the base of an entity's events
        tokens = subject.split(".")
        if len(tokens) != EVENT_SUBJECT_TOKENS or tokens[0] != "events":
            raise TypeError(f"{cls.__name__}: subject is events.<service>.<version>.<entity>.<past_verb>")
        cls.subject = subject

    @classmethod
    def service(cls) -> str:
        """Name of the service that emits it."""
        return cls.subject.split(".")[1]


EventT = TypeVar("EventT", bound=Event)


class RecordedEvent(Event):
    """An event of any kind as it was written down: every field stays, also one that this version lacks."""

    model_config = ConfigDict(extra="allow")


class Envelope(Message, Generic[EventT]):
    """An event as it travels: CloudEvents 1.0, structured mode, JSON.

    `id` is a UUIDv7, unique for ever, and the `Nats-Msg-Id`; `source` is `/onasty/<service>`; `type` the
    event's subject; `subject` the id of the entity; `time` the commit, in UTC.
    Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
    """

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | None = None
    # By what the event is, not by what the envelope was declared to hold.
    data: SerializeAsAny[EventT]
